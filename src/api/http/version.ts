/** `/version`. */
import { type Endpoint, METHOD_NOT_ALLOWED } from './exchange.js';

/** Clusters and their storage are of the minor release. */
export function versionEndpoint(version: string): Endpoint {
  const minor = version.replace(/\.\d+$/, '.0');
  const body = JSON.stringify({ etcdserver: version, etcdcluster: minor, storage: minor });
  return [
    '/version',
    (request, respond) =>
      respond(
        request.method === 'GET'
          ? { status: 200, headers: { 'Content-Type': 'application/json' }, body }
          : METHOD_NOT_ALLOWED,
      ),
  ];
}
