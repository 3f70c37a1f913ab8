/**
 * What the peer port answers over HTTP/1.1, as etcd's does: who the members are, which a member asks before it joins,
 * and the version. Served from local state, without authentication.
 */
import type { Member } from '../../membership/index.js';
import type { HttpAnswer } from '../../node/http-exchange.js';
import type { HttpHandler } from '../../node/http-server.js';

export interface PeerEndpointsSource {
  /** The API version; clusters are of its minor release. */
  readonly version: string;
  readonly clusterId: bigint;
  members(): readonly Member[];
}

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
const NOT_FOUND: HttpAnswer = { status: 404, headers: TEXT, body: '404 page not found\n' };
const METHOD_NOT_ALLOWED: HttpAnswer = {
  status: 405,
  headers: { ...TEXT, Allow: 'GET' },
  body: 'Method Not Allowed\n',
};

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
  const minor = source.version.replace(/\.\d+$/, '.0');
  const version = JSON.stringify({ etcdserver: source.version, etcdcluster: minor, storage: minor });
  return (request, respond) => {
    if (request.path !== '/version' && request.path !== '/members') return respond(NOT_FOUND);
    if (request.method !== 'GET') return respond(METHOD_NOT_ALLOWED);
    if (request.path === '/version') return respond({ status: 200, headers: JSON_HEADERS, body: version });
    const headers = { ...JSON_HEADERS, 'X-Etcd-Cluster-Id': source.clusterId.toString(16) };
    respond({ status: 200, headers, body: `[${source.members().map(memberJson).join(',')}]\n` });
  };
}
