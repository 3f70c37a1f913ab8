/**
 * The load of the kill test: clients that write values never used before, and remember what they asked and what was
 * acknowledged.
 *
 * A key belongs to one writer, and a writer has one call open, so what the store may hold after a crash is known exactly:
 * everything acknowledged, and of each writer's last call either all or nothing.
 */
import { Prng } from '../../src/stdx/index.js';
import { decode, encode, type Message, type RawClient } from '../harness/index.js';

/** One change of one key. `value` undefined: a deletion. */
export interface Change {
  readonly key: string;
  readonly value: string | undefined;
}

/** A call and its outcome. */
export interface Write {
  readonly changes: readonly Change[];
  /** Header revision of the acknowledgement; undefined when none came, and the call may or may not have happened. */
  acknowledged: number | undefined;
  /** Set when the store was seen to hold it (by the check after the crash). */
  found: boolean;
}

const KEYS_PER_WRITER = 5;

export class Writer {
  /** All calls since the last check. */
  writes: Write[] = [];
  acknowledgements = 0;
  /** Unexpected refusals. */
  readonly refusals: string[] = [];
  #id: number;
  #valueBytesMax: number;
  #prng: Prng;
  #sequence = 0;
  #present = new Set<string>();

  /** @param valueBytesMax size of the larger values, one in ten. */
  constructor(id: number, seed: number, valueBytesMax: number) {
    this.#id = id;
    this.#valueBytesMax = valueBytesMax;
    this.#prng = new Prng(seed * 1000 + id);
  }

  /** Writes until the first call fails, which is when the member is gone, or until told to stop. */
  async run(client: RawClient, isStopped: () => boolean): Promise<void> {
    while (!isStopped()) {
      const { path, body, responseType, write } = this.#next();
      this.writes.push(write);
      const answer = await client.unary(path, body, {}, 20_000);
      if (answer.code !== 0) {
        // Unavailable is the crash. Anything else is the member's own refusal of a lawful request.
        if (answer.code !== 14) this.refusals.push(`${path}: ${answer.code} ${answer.message}`);
        return;
      }
      const header = decode(responseType, answer.body!)['header'] as Message;
      write.acknowledged = Number(header['revision']);
      this.acknowledgements++;
    }
  }

  /** Told after a check which keys exist, since the outcome of the last call is known only then. */
  resume(present: ReadonlySet<string>): void {
    this.writes = [];
    this.#present = new Set([...present].filter((key) => key.startsWith(this.#prefix())));
  }

  #prefix(): string {
    return `w${this.#id}/`;
  }

  #next(): { path: string; body: Uint8Array; responseType: string; write: Write } {
    const roll = this.#prng.below(100);
    const key = `${this.#prefix()}${this.#prng.below(KEYS_PER_WRITER)}`;
    if (roll < 12 && this.#present.has(key)) return this.#delete(key);
    if (roll < 35) return this.#txn();
    const change = { key, value: this.#value() };
    this.#present.add(key);
    const body = encode('PutRequest', bytesOf(change));
    return { path: '/etcdserverpb.KV/Put', body, responseType: 'PutResponse', write: newWrite([change]) };
  }

  #delete(key: string): { path: string; body: Uint8Array; responseType: string; write: Write } {
    this.#present.delete(key);
    const body = encode('DeleteRangeRequest', { key: Buffer.from(key) });
    const write = newWrite([{ key, value: undefined }]);
    return { path: '/etcdserverpb.KV/DeleteRange', body, responseType: 'DeleteRangeResponse', write };
  }

  /** Several keys in one transaction: all of them or none. */
  #txn(): { path: string; body: Uint8Array; responseType: string; write: Write } {
    const count = this.#prng.between(2, KEYS_PER_WRITER);
    const changes: Change[] = [];
    for (let i = 0; i < count; i++) {
      const key = `${this.#prefix()}${i}`;
      if (this.#present.has(key) && this.#prng.chance(0.25)) {
        changes.push({ key, value: undefined });
        this.#present.delete(key);
      } else {
        changes.push({ key, value: this.#value() });
        this.#present.add(key);
      }
    }
    const success = changes.map((change) =>
      change.value === undefined
        ? { request_delete_range: { key: Buffer.from(change.key) } }
        : { request_put: bytesOf(change) },
    );
    const compare = [{ key: Buffer.from('never'), target: 0, version: 0 }];
    const body = encode('TxnRequest', { compare, success });
    return { path: '/etcdserverpb.KV/Txn', body, responseType: 'TxnResponse', write: newWrite(changes) };
  }

  #value(): string {
    const padding = this.#prng.chance(0.1) ? 'x'.repeat(this.#prng.below(this.#valueBytesMax)) : '';
    return `${this.#id}-${this.#sequence++}-${padding}`;
  }
}

function newWrite(changes: readonly Change[]): Write {
  return { changes, acknowledged: undefined, found: false };
}

function bytesOf(change: Change): Message {
  return { key: Buffer.from(change.key), value: Buffer.from(change.value ?? '') };
}
