/**
 * A small network of Linux network namespaces: each member has one of its own with one address, all joined by a bridge
 * on which the test itself has an address too. A cut is made at the receiver, by a routing rule that swallows what
 * comes from one address: the sender learns nothing, as with a broken cable, and each direction is cut on its own.
 * Needs root and the `ip` program (iproute2).
 */
import { execFileSync } from 'node:child_process';

const PREFIX = '10.213.77';
const HOST_PART = 254;

function ip(...args: readonly string[]): string {
  return execFileSync('ip', [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Why there can be no network here; undefined if there can. */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `qnprobe${process.pid}`;
  try {
    ip('netns', 'add', name);
    try {
      ip('-n', name, 'rule', 'add', 'from', `${PREFIX}.1`, 'blackhole');
      ip('-n', name, 'link', 'add', 'probe', 'type', 'veth', 'peer', 'name', 'eborp');
    } finally {
      ip('netns', 'del', name);
    }
    return undefined;
  } catch (error) {
    return `network namespaces cannot be made: ${(error as Error).message.split('\n').slice(0, 2).join(' ')}`;
  }
}

export class Network {
  readonly size: number;
  readonly #tag = `qn${process.pid}`;
  readonly #cuts = new Set<string>();
  #isClosed = false;

  constructor(size: number) {
    this.size = size;
    process.once('exit', () => this.close());
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('addr', 'add', `${PREFIX}.${HOST_PART}/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
    for (let i = 0; i < size; i++) this.#addNode(i);
  }

  get #bridge(): string {
    return `${this.#tag}b`;
  }

  #namespace(index: number): string {
    return `${this.#tag}-${index}`;
  }

  address(index: number): string {
    return `${PREFIX}.${index + 1}`;
  }

  /** The command line that runs a program in a node's namespace; the process becomes that program. */
  within(index: number, program: string, args: readonly string[]): readonly [string, readonly string[]] {
    return ['ip', ['netns', 'exec', this.#namespace(index), program, ...args]];
  }

  #addNode(index: number): void {
    const namespace = this.#namespace(index);
    const outside = `${this.#tag}v${index}`;
    ip('netns', 'add', namespace);
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    ip('link', 'set', outside, 'master', this.#bridge, 'up');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('-n', namespace, 'addr', 'add', `${this.address(index)}/24`, 'dev', 'eth0');
    ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    // The rule that delivers to the node itself is the first of all; cuts must come before it.
    ip('-n', namespace, 'rule', 'add', 'priority', '1000', 'lookup', 'local');
    ip('-n', namespace, 'rule', 'del', 'priority', '0');
    // Packets of open connections must be routed like all others, or the rules would not see them.
    ip('netns', 'exec', namespace, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_early_demux');
  }

  /** What `from` sends does not reach `to` any more. */
  cut(from: number, to: number): void {
    const key = `${from}>${to}`;
    if (this.#cuts.has(key)) return;
    this.#cuts.add(key);
    this.#rule('add', from, to);
  }

  /** Nothing goes between the two, in either direction. */
  cutBoth(a: number, b: number): void {
    this.cut(a, b);
    this.cut(b, a);
  }

  heal(): void {
    for (const key of this.#cuts) {
      const [from, to] = key.split('>').map(Number) as [number, number];
      this.#rule('del', from, to);
    }
    this.#cuts.clear();
  }

  #rule(verb: 'add' | 'del', from: number, to: number): void {
    const rule = ['from', this.address(from), 'iif', 'eth0', 'priority', `${100 + from}`, 'blackhole'];
    ip('-n', this.#namespace(to), 'rule', verb, ...rule);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const tryTo = (...args: readonly string[]): void => {
      try {
        ip(...args);
      } catch {
        // Already gone, or never made.
      }
    };
    for (let i = 0; i < this.size; i++) {
      tryTo('link', 'del', `${this.#tag}v${i}`);
      tryTo('netns', 'del', this.#namespace(i));
    }
    tryTo('link', 'del', this.#bridge);
  }
}
