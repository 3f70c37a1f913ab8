/** How a new cluster's members find one another: the flag `--initial-cluster`, or DNS. */
import { ConfigError } from './config-error.js';
import type { ResolvedFlags } from './resolved-flags.js';

export interface DnsDiscovery {
  /** Whose records are asked for: `_etcd-server._tcp.<domain>`. */
  readonly domain: string;
  /** Behind the service's name, for several clusters in one domain; '' for none. */
  readonly serviceName: string;
}

/** Undefined if the members are listed. Throws {@link ConfigError} for what contradicts itself. */
export function readDiscovery(flags: ResolvedFlags): DnsDiscovery | undefined {
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
  return domain === '' ? undefined : { domain, serviceName: flags.value('discovery-srv-name') as string };
}
