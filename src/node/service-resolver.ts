/** SRV records by DNS. */
import { Resolver } from 'node:dns/promises';
import { resolveHost } from './host-resolver.js';

/** Asks the servers of the system, or those that are given as `address:port`. */
export class NodeServiceResolver {
  readonly #resolver = new Resolver();

  constructor(servers: readonly string[] = []) {
    if (servers.length > 0) this.#resolver.setServers(servers);
  }

  async services(name: string): Promise<{ host: string; port: number }[]> {
    const records = await this.#resolver.resolveSrv(name);
    return records.map(({ name: host, port }) => ({ host, port }));
  }

  address(host: string): Promise<string> {
    return resolveHost(host);
  }
}
