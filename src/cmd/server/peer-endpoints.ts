/**
 * What the peer port answers over HTTP/1.1, as etcd's does: who the members are, which a member asks before it joins,
 * and the version. Served from local state, without authentication.
 */
import { type Endpoint, HttpRouter, METHOD_NOT_ALLOWED, versionEndpoint } from '../../api/index.js';
import type { Member } from '../../membership/index.js';
import type { HttpHandler } from '../../node/http-server.js';

export interface PeerEndpointsSource {
  /** The API version; clusters are of its minor release. */
  readonly version: string;
  readonly clusterId: bigint;
  members(): readonly Member[];
}

/** Ids are JSON numbers of 64 bits, which `JSON.stringify` cannot write. */
function memberJson(member: Member): string {
  const fields = [
    `"id":${member.id}`,
    `"peerURLs":${JSON.stringify(member.peerUrls)}`,
    ...(member.isLearner ? ['"isLearner":true'] : []),
    ...(member.name === '' ? [] : [`"name":${JSON.stringify(member.name)}`]),
    ...(member.clientUrls.length === 0 ? [] : [`"clientURLs":${JSON.stringify(member.clientUrls)}`]),
  ];
  return `{${fields.join(',')}}`;
}

const JSON_HEADERS = { 'Content-Type': 'application/json' };

export function peerEndpoints(source: PeerEndpointsSource): HttpHandler {
  const members: Endpoint = [
    '/members',
    (request, respond) => {
      if (request.method !== 'GET') return respond(METHOD_NOT_ALLOWED);
      const headers = { ...JSON_HEADERS, 'X-Etcd-Cluster-Id': source.clusterId.toString(16) };
      respond({ status: 200, headers, body: `[${source.members().map(memberJson).join(',')}]\n` });
    },
  ];
  const router = new HttpRouter(undefined, [versionEndpoint(source.version), members]);
  return (request, respond) => router.handle(request, respond);
}
