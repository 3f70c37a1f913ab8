/** etcd's rules for URL lists of listeners and members. */

export interface MemberUrl {
  /** As given, without a trailing slash. */
  readonly text: string;
  readonly scheme: 'http' | 'https' | 'unix' | 'unixs';
  readonly host: string;
  readonly port: number;
  /** For unix and unixs: the socket's path. */
  readonly path: string;
}

export class UrlError extends Error {
  override readonly name = 'UrlError';
}

const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/** Parses one URL. Throws {@link UrlError} with etcd's text. */
export function parseMemberUrl(text: string): MemberUrl {
  const trimmed = text.trim();
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?#]*)(.*)$/.exec(trimmed);
  const scheme = match?.[1]?.toLowerCase();
  if (
    match === null ||
    (scheme !== 'http' && scheme !== 'https' && scheme !== 'unix' && scheme !== 'unixs')
  ) {
    throw new UrlError(`URL scheme must be http, https, unix, or unixs: ${trimmed}`);
  }
  const authority = match[2]!;
  const rest = match[3]!;
  if (scheme === 'unix' || scheme === 'unixs') {
    return { text: trimmed, scheme, host: '', port: 0, path: authority + rest };
  }
  const hostPort = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(authority);
  if (hostPort === null) throw new UrlError(`URL address does not have the form "host:port": ${trimmed}`);
  if (rest !== '') throw new UrlError(`URL must not contain a path: ${trimmed}`);
  const host = hostPort[1]!.replace(/^\[|\]$/g, '');
  return { text: `${scheme}://${authority}`, scheme, host, port: Number(hostPort[2]), path: '' };
}

/** Spoken by TLS. */
export function isSecure(url: MemberUrl): boolean {
  return url.scheme === 'https' || url.scheme === 'unixs';
}

/** Whose certificate a server at the URL must have. */
export function serverNameOf(url: MemberUrl): string {
  if (url.path === '') return url.host;
  // As in etcd: a path is the host, if it looks like one.
  return /^([^/:]+)/.exec(url.path)?.[1] ?? 'localhost';
}

/** Parses a list; duplicates fall together and the rest is sorted, as etcd's URL sets are. */
export function parseMemberUrls(texts: readonly string[]): MemberUrl[] {
  const byText = new Map(texts.map(parseMemberUrl).map((url) => [url.text, url]));
  return [...byText.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
}

/** A URL to listen on needs an address, not a name. */
export function checkBindable(urls: readonly MemberUrl[]): void {
  for (const url of urls) {
    if (url.scheme === 'unix' || url.scheme === 'unixs' || url.host === 'localhost') continue;
    if (!IPV4.test(url.host) && !url.host.includes(':')) {
      throw new UrlError(`expected IP in URL for binding (${url.text})`);
    }
  }
}

/** A URL to advertise needs a host. */
export function checkAdvertised(urls: readonly MemberUrl[]): void {
  for (const url of urls) {
    if ((url.scheme === 'http' || url.scheme === 'https') && url.host === '') {
      throw new UrlError(`unexpected empty host (${url.text})`);
    }
  }
}
