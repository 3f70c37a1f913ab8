/**
 * Whether two lists of peer URLs mean the same: equal as text, or equal once their hosts are replaced by addresses. A
 * host whose name cannot be resolved yet (a pod that is not registered) is asked for again for a while, as etcd does.
 */
import type { Clock } from '../platform/index.js';

/** A host's address; rejects if it has none. */
export type HostResolver = (host: string) => Promise<string>;

const RETRY_MS = 1000;

const HOST = /^(https?:\/\/)(\[[^\]]*\]|[^:/]*)(:\d+)$/;
const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}$|^\[/;

/** Where hosts are looked up, and until when on the clock; undefined if URLs are texts and no more. */
export interface HostLookup {
  readonly resolve: HostResolver;
  readonly clock: Clock;
  readonly deadline: number;
}

/** Undefined if they mean the same, otherwise the difference, worded as etcd does. */
export async function differenceOfUrls(
  left: readonly string[],
  right: readonly string[],
  hosts: HostLookup | undefined,
): Promise<string | undefined> {
  if (left.length !== right.length) return `len(${quoted(left)}) != len(${quoted(right)})`;
  const [a, b] = [[...left].sort(), [...right].sort()];
  if (a.every((url, i) => url === b[i])) return undefined;
  const addressOf = (url: string): Promise<string> => withAddress(url, hosts);
  const resolvedA = (await Promise.all(a.map(addressOf))).sort();
  const resolvedB = (await Promise.all(b.map(addressOf))).sort();
  const at = resolvedA.findIndex((url, i) => url !== resolvedB[i]);
  return at < 0 ? undefined : `resolved urls: "${resolvedA[at]}" != "${resolvedB[at]}"`;
}

function quoted(urls: readonly string[]): string {
  return `[${urls.map((url) => `"${url}"`).join(' ')}]`;
}

/** The URL with its host's address; as it is if that cannot be had. `localhost` is left alone, as in etcd. */
async function withAddress(url: string, hosts: HostLookup | undefined): Promise<string> {
  const match = HOST.exec(url);
  if (match === null || hosts === undefined) return url;
  const { resolve, clock, deadline } = hosts;
  const [, scheme, host, port] = match as unknown as [string, string, string, string];
  if (host === 'localhost' || ADDRESS.test(host)) return url;
  for (;;) {
    const address = await resolve(host).catch(() => undefined);
    if (address !== undefined) return `${scheme}${address.includes(':') ? `[${address}]` : address}${port}`;
    if (clock.now() + RETRY_MS > deadline) return url;
    await new Promise<void>((wake) => void clock.setTimer(RETRY_MS, wake));
  }
}
