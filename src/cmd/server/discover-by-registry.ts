/**
 * The members of a new cluster by etcd's v3 discovery: keys in another etcd, below a token. Someone has written there how
 * many members there shall be; each writes itself down and waits until the first so many are there. The order is that of
 * creation, so all come to the same list.
 */
import { computeMemberId, type Sha1 } from '../../membership/index.js';
import type { LogSink } from '../../platform/index.js';
import { DiscoveryError } from './discover-cluster.js';

export interface RegistryKey {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
}

/** The other etcd, as far as it is asked. */
export interface Registry {
  /** The key alone, or all that begin with it. */
  read(key: string, isPrefix: boolean): Promise<readonly RegistryKey[]>;
  /** False if the key is there already. */
  create(key: string, value: string): Promise<boolean>;
  /** Resolves when it is worth to look again. */
  pause(): Promise<void>;
}

export interface RegistryOptions {
  readonly name: string;
  readonly advertisePeerUrls: readonly string[];
  readonly token: string;
}

const ROOT = '/_etcd/registry';

async function readSize(registry: Registry, token: string): Promise<number> {
  const [found] = await registry.read(`${ROOT}/${token}/_config/size`, false);
  if (found === undefined) throw new DiscoveryError('discovery: size key not found');
  const size = /^\d+$/.test(found.value) ? Number(found.value) : 0;
  if (size <= 0 || !Number.isSafeInteger(size)) throw new DiscoveryError('discovery: size key is bad');
  return size;
}

/** `name=url,name=url`, as the flag `--initial-cluster` has it. */
function addMember(cluster: Map<string, string[]>, text: string): void {
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals <= 0) throw new DiscoveryError(`discovery: malformed member ${JSON.stringify(text)}`);
    const name = part.slice(0, equals);
    cluster.set(name, [...(cluster.get(name) ?? []), part.slice(equals + 1)].sort());
  }
}

/** Rejects with {@link DiscoveryError}, or with what the registry fails of. */
export async function discoverByRegistry(
  options: RegistryOptions,
  registry: Registry,
  sha1: Sha1,
  log: LogSink,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { name, advertisePeerUrls, token } = options;
  const folder = `${ROOT}/${token}/members/`;
  const id = computeMemberId(sha1, advertisePeerUrls, token).toString(16);
  const ownKey = folder + id;
  const members = async (): Promise<RegistryKey[]> =>
    [...(await registry.read(folder, true))].sort((a, b) => a.createRevision - b.createRevision);
  const size = await readSize(registry, token);
  if ((await members()).length >= size) throw new DiscoveryError('discovery: cluster is full');
  const own = advertisePeerUrls.map((url) => `${name}=${url}`).join(',');
  if (!(await registry.create(ownKey, own))) {
    throw new DiscoveryError('discovery: member has already been registered');
  }
  log.log('info', 'register current member in the discovery service', { 'member-id': id });
  for (let told = -1; ; await registry.pause()) {
    const first = (await members()).slice(0, size);
    if (first.length < size) {
      if (first.length !== told) {
        log.log('info', 'waiting for peers from discovery service', {
          'cluster-size': size,
          'found-peers': first.length,
        });
      }
      told = first.length;
      continue;
    }
    if (!first.some(({ key }) => key === ownKey)) throw new DiscoveryError('discovery: cluster is full');
    const cluster = new Map<string, string[]>();
    for (const { value } of first) addMember(cluster, value);
    return cluster;
  }
}
