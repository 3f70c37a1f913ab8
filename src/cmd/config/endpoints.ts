/** Where a member listens, what it tells others of that, and which members its cluster begins with. */
import { defaultHost } from '../../node/default-host.js';
import { ConfigError } from './config-error.js';
import type { ResolvedFlags } from './resolved-flags.js';
import { checkAdvertised, checkBindable, type MemberUrl, parseMemberUrls, UrlError } from './urls.js';

export interface Endpoints {
  readonly listenPeerUrls: readonly MemberUrl[];
  readonly listenClientUrls: readonly MemberUrl[];
  /** For HTTP alone; if there are any, the others are for gRPC alone. */
  readonly listenClientHttpUrls: readonly MemberUrl[];
  /** For those who watch over the member; none by default. */
  readonly listenMetricsUrls: readonly MemberUrl[];
  readonly advertiseClientUrls: readonly string[];
  readonly advertisePeerUrls: readonly string[];
  /** Name and peer URLs of each first member. */
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly initialClusterState: 'new' | 'existing';
  readonly initialClusterToken: string;
  /** The host that is advertised because nothing else was said; null if it was looked for in vain. */
  readonly detectedHost?: string | null;
}

/** `name=url,name=url`: a name may come several times. */
export function parseInitialCluster(text: string): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals).trim();
    if (equals <= 0 || part.slice(equals + 1).trim() === '') {
      throw new ConfigError(`error setting up initial cluster: malformed entry ${JSON.stringify(part)}`, 1);
    }
    const urls = members.get(name) ?? [];
    const parsed = parseMemberUrls([part.slice(equals + 1)]);
    urls.push(...parsed.map((url) => url.text));
    members.set(name, urls.sort());
  }
  return members;
}

/** A URL that cannot be read is a bad flag value, as in etcd. */
function urlsOf(flags: ResolvedFlags, name: string): MemberUrl[] {
  const texts = flags.value(name) as readonly string[];
  try {
    return parseMemberUrls(texts);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    if (flags.isFromFile) {
      throw new ConfigError(`unexpected error setting up ${name}: ${error.message}`, 1, true);
    }
    throw new ConfigError(
      `invalid value ${JSON.stringify(texts.join(','))} for flag -${name}: ${error.message}`,
      2,
    );
  }
}

function refuseBoth(grpc: readonly MemberUrl[], http: readonly MemberUrl[]): void {
  const both = http.find((url) => grpc.some(({ text }) => text === url.text));
  if (both === undefined) return;
  throw new ConfigError(
    `cannot bind both --listen-client-urls and --listen-client-http-urls on the same url ${both.text}`,
    1,
  );
}

function advertised(flag: string, form: string, urls: readonly MemberUrl[]): void {
  try {
    checkAdvertised(urls);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    throw new ConfigError(
      `--${flag} ${JSON.stringify(textsOf(urls).join(','))} must be ${form} (${error.message})`,
      1,
    );
  }
}

/** On a command line it was checked with the flags; a file may say anything. */
function clusterStateOf(text: string): 'new' | 'existing' {
  if (text === 'new' || text === 'existing') return text;
  throw new ConfigError(`unexpected clusterState ${JSON.stringify(text)}`, 1);
}

function textsOf(urls: readonly MemberUrl[]): string[] {
  return urls.map((url) => url.text);
}

/**
 * Who listens on all addresses and says nothing of where it is found is found at the address of the default route:
 * `localhost`, the default, would be somebody else's (as etcd does it).
 */
class AdvertisedHost {
  readonly #flags: ResolvedFlags;
  readonly #detect: () => string | undefined;
  /** Undefined: not looked for. */
  detected: string | null | undefined;

  constructor(flags: ResolvedFlags, detect: () => string | undefined) {
    this.#flags = flags;
    this.#detect = detect;
  }

  urlsOf(flag: string, listening: readonly MemberUrl[]): MemberUrl[] {
    const urls = urlsOf(this.#flags, flag);
    const [first] = listening;
    if (this.#flags.isSet(flag) || first?.host !== '0.0.0.0') return urls;
    this.detected ??= this.#detect() ?? null;
    if (this.detected === null) return urls;
    return parseMemberUrls([`${urls[0]!.scheme}://${this.detected}:${first.port}`]);
  }
}

/** Throws {@link ConfigError} or {@link UrlError} for the first rule that is broken. */
export function readEndpoints(
  flags: ResolvedFlags,
  detect: () => string | undefined = defaultHost,
): Endpoints {
  const listenClientUrls = urlsOf(flags, 'listen-client-urls');
  const listenPeerUrls = urlsOf(flags, 'listen-peer-urls');
  checkBindable(listenPeerUrls);
  checkBindable(listenClientUrls);
  const listenClientHttpUrls = urlsOf(flags, 'listen-client-http-urls');
  checkBindable(listenClientHttpUrls);
  refuseBoth(listenClientUrls, listenClientHttpUrls);
  const listenMetricsUrls = urlsOf(flags, 'listen-metrics-urls');
  checkBindable(listenMetricsUrls);
  const host = new AdvertisedHost(flags, detect);
  const advertisePeerUrls = host.urlsOf('initial-advertise-peer-urls', listenPeerUrls);
  const advertiseClientUrls = host.urlsOf('advertise-client-urls', listenClientUrls);
  advertised('initial-advertise-peer-urls', '"host:port"', advertisePeerUrls);
  advertised(
    'advertise-client-urls',
    'in the format "host:port", "unix:/path/to/socket" or "unixs:/path/to/socket"',
    advertiseClientUrls,
  );
  const name = flags.value('name') as string;
  const cluster = flags.value('initial-cluster') as string;
  return {
    listenPeerUrls,
    listenClientUrls,
    listenClientHttpUrls,
    listenMetricsUrls,
    advertiseClientUrls: textsOf(advertiseClientUrls),
    advertisePeerUrls: textsOf(advertisePeerUrls),
    initialCluster:
      cluster === '' ? new Map([[name, textsOf(advertisePeerUrls)]]) : parseInitialCluster(cluster),
    initialClusterState: clusterStateOf(flags.value('initial-cluster-state') as string),
    initialClusterToken: flags.value('initial-cluster-token') as string,
    ...(host.detected === undefined ? {} : { detectedHost: host.detected }),
  };
}

/**
 * Whoever listens elsewhere must say where clients find it: the default would point to somebody else. In a file etcd lets
 * it pass.
 */
export function checkClientsFindIt(flags: ResolvedFlags): void {
  if (!flags.isFromFile && flags.isSet('listen-client-urls') && !flags.isSet('advertise-client-urls')) {
    throw new ConfigError(
      '--advertise-client-urls is required when --listen-client-urls is set explicitly',
      1,
    );
  }
}
