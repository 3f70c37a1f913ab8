/** How a new cluster's members find one another: the flag `--initial-cluster`, DNS, or keys in another etcd. */
import { ConfigError } from './config-error.js';
import type { ResolvedFlags } from './resolved-flags.js';
import { parseMemberUrl } from './urls.js';

export interface DnsDiscovery {
  readonly kind: 'dns';
  /** Whose records are asked for: `_etcd-server._tcp.<domain>`. */
  readonly domain: string;
  /** Behind the service's name, for several clusters in one domain; '' for none. */
  readonly serviceName: string;
}

/** Keys in another etcd, below a token that is for this cluster alone. */
export interface RegistryDiscovery {
  readonly kind: 'registry';
  readonly token: string;
  readonly endpoints: readonly string[];
  readonly dialTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** '' for nobody. */
  readonly user: string;
  readonly password: string;
  /** For endpoints with https. */
  readonly files: {
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
    readonly skipVerify: boolean;
  };
}

export type Discovery = DnsDiscovery | RegistryDiscovery;

/** Undefined if the members are listed. Throws {@link ConfigError} for what contradicts itself. */
export function readDiscovery(flags: ResolvedFlags): Discovery | undefined {
  const token = flags.value('discovery-token') as string;
  const endpoints = flags.value('discovery-endpoints') as readonly string[];
  const domain = flags.value('discovery-srv') as string;
  const ways = [flags.value('initial-cluster') !== '', domain !== '', endpoints.length > 0];
  if (ways.filter((way) => way).length > 1) {
    throw new ConfigError(
      'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery-endpoints" or "discovery-srv"',
      1,
    );
  }
  if ((token === '') !== (endpoints.length === 0)) {
    throw new ConfigError('both --discovery-token and --discovery-endpoints must be set', 1);
  }
  if (endpoints.includes('')) {
    throw new ConfigError('--discovery-endpoints must not contain empty endpoints', 1);
  }
  if (flags.value('discovery-fallback') === 'proxy') {
    throw new ConfigError(
      'v2 proxy is deprecated, and --discovery-fallback can\'t be configured as "proxy"',
      1,
    );
  }
  if (endpoints.length > 0) return registryOf(flags, token, endpoints);
  if (domain === '') return undefined;
  return { kind: 'dns', domain, serviceName: flags.value('discovery-srv-name') as string };
}

function registryOf(flags: ResolvedFlags, token: string, endpoints: readonly string[]): RegistryDiscovery {
  const text = (name: string): string => flags.value(`discovery-${name}`) as string;
  const number = (name: string): number => flags.value(`discovery-${name}`) as number;
  for (const endpoint of endpoints) parseMemberUrl(endpoint);
  const colon = text('user').indexOf(':');
  const isJoined = colon > 0 && text('password') === '';
  return {
    kind: 'registry',
    token,
    endpoints,
    dialTimeoutMs: number('dial-timeout'),
    requestTimeoutMs: number('request-timeout'),
    user: isJoined ? text('user').slice(0, colon) : text('user'),
    password: isJoined ? text('user').slice(colon + 1) : text('password'),
    files: {
      caFile: text('cacert'),
      certFile: text('cert'),
      keyFile: text('key'),
      skipVerify: flags.value('discovery-insecure-skip-tls-verify') as boolean,
    },
  };
}
