/** Hosts that reach one another by URL, in memory: connections that can be slow, stand still, or break. */
import type { ByteStream } from '../../platform/index.js';
import type { ManualClock } from './manual-clock.js';
import { MemoryStream } from './memory-stream.js';

/** One direction of a slow connection: what is on its way, as in the kernel's buffers and on the wire. */
interface Pipe {
  readonly from: MemoryStream;
  readonly to: MemoryStream;
  onWay: Uint8Array[];
  onWayBytes: number;
  creditBytes: number;
}

export interface WebLink {
  readonly url: string;
  /** How many connections were made to the URL before this one. */
  readonly ordinal: number;
  readonly ends: readonly [MemoryStream, MemoryStream];
  /** Nothing moves, and neither end is told. */
  isFrozen: boolean;
  /** Bytes a millisecond each way; undefined for no bound. */
  rate: number | undefined;
  readonly pipes: readonly [Pipe, Pipe];
}

/** What a slow connection takes from its sender beyond what it has delivered. */
const PIPE_BYTES_MAX = 4_194_304;

const TICK_MS = 5;

const PROMISE_CHAIN_MAX = 8;

function pipe(from: MemoryStream, to: MemoryStream): Pipe {
  return { from, to, onWay: [], onWayBytes: 0, creditBytes: 0 };
}

export class MemoryWeb {
  readonly clock: ManualClock;
  readonly links: WebLink[] = [];
  /** How often a host has begun to listen: no two of them draw the same numbers. */
  lives = 0;
  /** Called with each new connection, to make it slow or frozen. */
  onConnect: ((link: WebLink) => void) | undefined;
  readonly #hosts = new Map<string, (stream: ByteStream) => void>();
  readonly #counts = new Map<string, number>();

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  listen(url: string, accept: (stream: ByteStream) => void): void {
    this.lives++;
    this.#hosts.set(url, accept);
  }

  /** The host is gone, and its connections with it. */
  close(url: string): void {
    this.#hosts.delete(url);
    for (const link of this.links) if (link.url === url) link.ends[0].destroy();
  }

  connect = (url: string): ByteStream => {
    const [near, far] = MemoryStream.pair();
    const accept = this.#hosts.get(url);
    if (accept === undefined) {
      this.clock.defer(() => near.destroy());
      return near;
    }
    const ordinal = this.#counts.get(url) ?? 0;
    this.#counts.set(url, ordinal + 1);
    const pipes = [pipe(near, far), pipe(far, near)] as const;
    const link: WebLink = { url, ordinal, ends: [near, far], isFrozen: false, rate: undefined, pipes };
    this.links.push(link);
    this.onConnect?.(link);
    accept(far);
    return near;
  };

  /** Connections that stand. */
  get openCount(): number {
    return this.links.filter((link) => !link.ends[0].closed).length;
  }

  /** Moves what may move without time passing. */
  settle(): void {
    for (let idle = 0; idle < 2; ) {
      let moved = this.clock.runDeferred();
      for (const link of this.links) if (this.#move(link)) moved = true;
      idle = moved ? 0 : idle + 1;
    }
  }

  /** Lets time pass in small steps, with everything that follows. */
  run(ms: number): void {
    this.settle();
    for (let left = ms; left > 0; left -= TICK_MS) {
      const step = Math.min(left, TICK_MS);
      this.clock.advance(step);
      for (const link of this.links) {
        for (const p of link.pipes) p.creditBytes = (link.rate ?? 0) * step;
      }
      this.settle();
    }
  }

  /** {@link run}, for what also waits for promises. */
  async runAsync(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= TICK_MS) {
      this.run(Math.min(left, TICK_MS));
      for (let turn = 0; turn < 4; turn++) {
        // A chain of promises takes a turn for each link.
        for (let link = 0; link < PROMISE_CHAIN_MAX; link++) await Promise.resolve();
        this.settle();
      }
    }
  }

  #move(link: WebLink): boolean {
    if (link.isFrozen) return false;
    if (link.rate === undefined && link.pipes.every((p) => p.onWayBytes === 0)) {
      const there = link.ends[0].deliver();
      const back = link.ends[1].deliver();
      return there || back;
    }
    // A slow connection that is slow no more hands over what was on its way.
    if (link.rate === undefined) for (const p of link.pipes) p.creditBytes = Number.POSITIVE_INFINITY;
    const moved = link.pipes.map((p) => this.#trickle(p));
    return moved.includes(true);
  }

  #trickle(p: Pipe): boolean {
    let moved = false;
    if (!p.from.closed && p.from.bufferedBytes > 0 && p.onWayBytes < PIPE_BYTES_MAX) {
      const bytes = p.from.take();
      p.onWay.push(bytes);
      p.onWayBytes += bytes.length;
      moved = true;
    }
    while (p.creditBytes > 0 && p.onWay.length > 0 && !p.to.closed && !p.to.paused) {
      const first = p.onWay[0]!;
      const n = Math.min(first.length, p.creditBytes);
      p.to.handlers.onData(first.slice(0, n));
      if (n === first.length) p.onWay.shift();
      else p.onWay[0] = first.subarray(n);
      p.onWayBytes -= n;
      p.creditBytes -= n;
      moved = true;
    }
    return moved;
  }
}
