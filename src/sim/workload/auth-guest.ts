/** A user who may touch some keys at times, and tries all the time. */
import { encodeUtf8 } from '../../stdx/index.js';
import { Status } from '../../transport/index.js';
import { PutRequest, RangeRequest } from '../../wire/index.js';
import type { RightsRecord } from '../check/check-rights.js';
import { GUARDED_END, GUARDED_KEYS } from '../check/guarded-keys.js';
import type { KvRequest } from '../check/model.js';
import { GUEST } from './auth-admin.js';
import { type ClientParts, pickServing, send } from './client.js';

const THINK_MS_MAX = 50;
const KEYS = 3;
const READ_CHANCE = 0.3;

export class AuthGuest {
  readonly #parts: ClientParts;
  readonly #record: RightsRecord;
  readonly #timeoutMs: number;
  readonly #name: number;
  #puts = 0;
  #stopped = false;

  constructor(parts: ClientParts, record: RightsRecord, name: number, timeoutMs: number) {
    this.#parts = parts;
    this.#record = record;
    this.#name = name;
    this.#timeoutMs = timeoutMs;
  }

  start(): void {
    const { queue, prng } = this.#parts;
    queue.after(prng.float() * THINK_MS_MAX, 'auth-guest', () => {
      if (!this.#stopped) this.#ask();
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #ask(): void {
    const host = pickServing(this.#parts);
    if (host === undefined) return this.start();
    const request = this.#request();
    const calledMs = this.#parts.queue.now;
    const attempt = { host, request, timeoutMs: this.#timeoutMs, user: GUEST };
    send(this.#parts, attempt, ({ outcome }) => {
      const answeredMs = this.#parts.queue.now;
      if (outcome?.kind === 'refused' && outcome.code === Status.PERMISSION_DENIED) {
        this.#record.answers.push({ kind: 'denied', calledMs, answeredMs });
      } else if (outcome?.kind === 'answered' && request.kind === 'range') {
        this.#record.answers.push({ kind: 'read', calledMs, answeredMs });
      }
      this.start();
    });
  }

  #request(): KvRequest {
    const { prng } = this.#parts;
    if (prng.chance(READ_CHANCE)) {
      const range = RangeRequest.create({
        key: encodeUtf8(GUARDED_KEYS),
        rangeEnd: encodeUtf8(GUARDED_END),
      });
      return { kind: 'range', range };
    }
    const key = encodeUtf8(GUARDED_KEYS + prng.below(KEYS));
    const value = encodeUtf8(`g${this.#name}.${++this.#puts}`);
    return { kind: 'put', put: PutRequest.create({ key, value }) };
  }
}
