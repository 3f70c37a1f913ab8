/**
 * The members of a new cluster by DNS: the SRV records of the two services that etcd's members have, over TLS and in plain
 * text. The record that leads to this member gets its name, the others get numbers, as in etcd.
 */
import type { DnsDiscovery } from '../config/discovery.js';
import { type MemberUrl, parseMemberUrl } from '../config/urls.js';

export interface ServiceRecord {
  readonly host: string;
  readonly port: number;
}

/** DNS, as far as it is asked. Both reject if there is nothing. */
export interface ServiceResolver {
  /** The SRV records of a name. */
  services(name: string): Promise<readonly ServiceRecord[]>;
  /** A host's address. */
  address(host: string): Promise<string>;
}

export interface DiscoveryOptions {
  readonly name: string;
  readonly advertisePeerUrls: readonly string[];
  readonly discovery: DnsDiscovery;
}

export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
}

const SERVICES = [
  ['etcd-server-ssl', 'https'],
  ['etcd-server', 'http'],
] as const;

function serviceOf(service: string, { domain, serviceName }: DnsDiscovery): string {
  return `_${serviceName === '' ? service : `${service}-${serviceName}`}._tcp.${domain}`;
}

class Discoverer {
  readonly #options: DiscoveryOptions;
  readonly #resolver: ServiceResolver;
  readonly #own = new Map<string, MemberUrl>();
  readonly #members = new Map<string, string[]>();
  #unnamed = 0;

  constructor(options: DiscoveryOptions, resolver: ServiceResolver) {
    this.#options = options;
    this.#resolver = resolver;
  }

  async run(): Promise<ReadonlyMap<string, readonly string[]>> {
    for (const text of this.#options.advertisePeerUrls) {
      const url = parseMemberUrl(text);
      const address = await this.#addressOf(url.host, url.port);
      if (address === undefined) throw new DiscoveryError(`failed to resolve ${url.host}:${url.port}`);
      this.#own.set(address, url);
    }
    const failures: string[] = [];
    for (const [service, scheme] of SERVICES) {
      const name = serviceOf(service, this.#options.discovery);
      try {
        await this.#add(await this.#resolver.services(name), scheme, name);
      } catch (error) {
        if (error instanceof DiscoveryError) throw error;
        failures.push(`error querying DNS SRV records for ${name}: ${(error as Error).message}`);
      }
    }
    if (failures.length === SERVICES.length) {
      throw new DiscoveryError(
        `srv: too many errors querying DNS SRV records (${failures.map((text) => JSON.stringify(text)).join(', ')})`,
      );
    }
    if (!this.#members.has(this.#options.name)) {
      throw new DiscoveryError(
        `cannot find local etcd member ${JSON.stringify(this.#options.name)} in SRV records`,
      );
    }
    return this.#members;
  }

  async #add(records: readonly ServiceRecord[], scheme: string, service: string): Promise<void> {
    for (const { host, port } of records) {
      const plain = host.replace(/\.$/, '');
      const authority = plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
      const url = `${scheme}://${authority}`;
      const address = await this.#addressOf(plain, port);
      const own = address === undefined ? undefined : this.#own.get(address);
      if (own !== undefined && own.scheme !== scheme) {
        throw new DiscoveryError(
          `bootstrap at ${url} from DNS for ${service} has scheme mismatch with expected peer ${own.text}`,
        );
      }
      const name = own === undefined ? String(this.#unnamed++) : this.#options.name;
      this.#members.set(name, [...(this.#members.get(name) ?? []), url].sort());
    }
  }

  /** `address:port`; undefined for a host that is not known (yet). */
  async #addressOf(host: string, port: number): Promise<string | undefined> {
    try {
      return `${await this.#resolver.address(host)}:${port}`;
    } catch {
      return undefined;
    }
  }
}

/** Rejects with {@link DiscoveryError}. */
export function discoverCluster(
  options: DiscoveryOptions,
  resolver: ServiceResolver,
): Promise<ReadonlyMap<string, readonly string[]>> {
  return new Discoverer(options, resolver).run();
}
