/** The network's log lines. About what keeps failing in the same way: one at once, then one every {@link REFUSAL_LOG_MS}. */
import type { Clock, LogSink } from '../../platform/index.js';
import { REFUSAL_LOG_MS, REFUSALS_REMEMBERED } from './limits.js';

export class PeerLog {
  readonly #clock: Clock;
  readonly #log: LogSink;
  /** When each was logged last, oldest first. */
  readonly #loggedAt = new Map<string, number>();

  constructor(clock: Clock, log: LogSink) {
    this.#clock = clock;
    this.#log = log;
  }

  /** What happens rarely enough. */
  note(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#log.log('info', message, fields);
  }

  /** Logs a warning, unless the same `key` was logged just now. */
  warn(key: string, message: string, fields: Readonly<Record<string, unknown>>): void {
    const now = this.#clock.now();
    const last = this.#loggedAt.get(key);
    if (last !== undefined && now - last < REFUSAL_LOG_MS) return;
    this.#loggedAt.delete(key);
    this.#loggedAt.set(key, now);
    if (this.#loggedAt.size > REFUSALS_REMEMBERED) {
      for (const oldest of this.#loggedAt.keys()) {
        this.#loggedAt.delete(oldest);
        break;
      }
    }
    this.#log.log('warn', message, fields);
  }
}
