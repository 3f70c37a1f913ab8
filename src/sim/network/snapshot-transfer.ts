/** A snapshot on its way: chunk by chunk, each pulled when the receiver has taken the one before. It may break. */
import type { SnapshotReader, SnapshotWriter } from '../../server/index.js';
import { AssertionError, copyOf } from '../../stdx/index.js';
import type { Machine } from './machine.js';
import type { Listener, SimNetwork, Stream } from './sim-network.js';

export interface SnapshotTransferParts {
  readonly network: SimNetwork;
  readonly sender: Machine;
  readonly receiver: Listener;
  /** The message, encoded. */
  readonly bytes: Uint8Array;
  readonly body: SnapshotReader;
  readonly done: (ok: boolean) => void;
}

/** A break comes within so many chunks. */
const BREAK_CHUNKS_MAX = 8;
/** How long the ends take to notice that the stream broke. */
const NOTICE_MS_MAX = 100;
const REPEAT_MS_MAX = 10_000;

export class SnapshotTransfer implements Stream {
  readonly #parts: SnapshotTransferParts;
  #writer: SnapshotWriter | undefined;
  /** Chunks until it breaks by itself. */
  #chunksLeft: number;
  #over = false;

  constructor(parts: SnapshotTransferParts) {
    this.#parts = parts;
    const { prng, options } = parts.network;
    const breaks = !parts.network.isHealthy && prng.chance(options.snapshotBreakChance);
    this.#chunksLeft = breaks ? prng.below(BREAK_CHUNKS_MAX) : Number.POSITIVE_INFINITY;
  }

  involves(address: number): boolean {
    const { sender, receiver } = this.#parts;
    return sender.address === address || receiver.machine.address === address;
  }

  start(): void {
    this.#parts.network.streams.add(this);
    this.#parts.network.counts.snapshotsSent++;
    const { network, sender, receiver, bytes } = this.#parts;
    network.observer?.streamBegan(sender.address, receiver.machine.address, bytes);
    this.#run().catch((error: unknown) => {
      // A disk may fail, and what is broken off may be refused; anything else is a bug.
      if (error instanceof AssertionError || error instanceof TypeError) this.#parts.network.fail(error);
      this.break();
    });
  }

  /** Ends it before its end; both sides notice a little later, if they live. */
  break(): void {
    if (this.#over) return;
    this.#end(false);
    const { network, sender, receiver, body, done } = this.#parts;
    network.counts.snapshotsBroken++;
    const ms = network.prng.float() * NOTICE_MS_MAX;
    sender.later(ms, 'snapshot-broken', () => {
      body.close();
      done(false);
    });
    receiver.machine.later(ms, 'snapshot-broken', () => this.#writer?.abort());
  }

  #end(isComplete: boolean): void {
    const { network, sender, receiver } = this.#parts;
    this.#over = true;
    network.streams.delete(this);
    network.observer?.streamEnded(sender.address, receiver.machine.address, isComplete);
  }

  async #run(): Promise<void> {
    const { receiver, body, done, bytes, sender, network } = this.#parts;
    await this.#transit(bytes.length);
    if (this.#over) return;
    this.#maybeRepeat();
    this.#writer = receiver.beginSnapshot(bytes);
    if (this.#writer === undefined) return this.break();
    for (;;) {
      const chunk = await body.next();
      if (this.#over) return;
      if (chunk === undefined) break;
      if (this.#chunksLeft-- <= 0) return this.break();
      await this.#transit(chunk.length);
      if (this.#over) return;
      await this.#writer.write(copyOf(chunk));
      if (this.#over) return;
    }
    await this.#transit(0);
    if (this.#over) return;
    await this.#writer.finish();
    if (this.#over) return;
    this.#end(true);
    network.counts.snapshotsDelivered++;
    sender.later(network.transitMs(receiver.machine.address, sender.address, 0), 'snapshot-done', () => {
      body.close();
      done(true);
    });
  }

  /** Its beginning may come again when it is long over, as from a sender that has heard nothing of the first try. */
  #maybeRepeat(): void {
    const { network, receiver, bytes } = this.#parts;
    const { prng, options, queue } = network;
    if (network.isHealthy || !prng.chance(options.duplicationChance)) return;
    queue.after(prng.float() * REPEAT_MS_MAX, 'snapshot-again', () => {
      const there = network.listenerAt(receiver.machine.address);
      there?.machine.whenAwake('snapshot-again', () => there.beginSnapshot(bytes)?.abort());
    });
  }

  #stallMs(): number {
    const { prng, options, isHealthy } = this.#parts.network;
    return !isHealthy && prng.chance(options.snapshotStallChance)
      ? prng.float() * options.snapshotStallMsMax
      : 0;
  }

  /** Resolves when `bytes` have reached a receiver that is awake. */
  #transit(bytes: number): Promise<void> {
    const { network, sender, receiver } = this.#parts;
    const ms = network.transitMs(sender.address, receiver.machine.address, bytes) + this.#stallMs();
    return new Promise((resolve) => {
      network.queue.after(ms, 'snapshot-chunk', () => receiver.machine.whenAwake('snapshot-chunk', resolve));
    });
  }
}
