/** Whether rights counted when a request was carried out, and not when it was made: what was taken away was gone at once. */
import { decodeLatin1 } from '../../stdx/index.js';
import { demand } from '../violation.js';
import { GUARDED_KEYS } from './guarded-keys.js';
import type { Truth } from './truth.js';

/** Revisions in which nobody had the right. */
export class Forbidden {
  readonly after: number;
  /** The last of them. */
  last = Number.POSITIVE_INFINITY;

  constructor(after: number) {
    this.after = after;
  }

  endAt(revision: number): void {
    this.last = revision;
  }
}

/** What the guest was told. */
export interface GuestAnswer {
  readonly kind: 'read' | 'denied';
  readonly calledMs: number;
  readonly answeredMs: number;
}

interface Allowed {
  readonly fromMs: number;
  toMs: number;
}

/** When the guest had the right, as the administrator knows it. */
export class RightsRecord {
  readonly forbidden: Forbidden[] = [];
  readonly answers: GuestAnswer[] = [];
  readonly #allowed: Allowed[] = [];
  /** Between a revocation that was answered and the next grant. */
  readonly #gaps: Allowed[] = [];

  /** A grant was answered. */
  allow(ms: number): void {
    this.#allowed.push({ fromMs: ms, toMs: Number.POSITIVE_INFINITY });
  }

  /** A revocation is sent. */
  disallow(ms: number): void {
    this.#allowed.at(-1)!.toMs = ms;
  }

  /** The right was gone at this revision, and stays so until further notice. */
  forbid(revision: number, ms: number): void {
    this.forbidden.push(new Forbidden(revision));
    this.#gaps.push({ fromMs: ms, toMs: Number.POSITIVE_INFINITY });
  }

  /** A grant is sent, when `revision` is the newest that anybody has seen. */
  release(revision: number, ms: number): void {
    this.forbidden.at(-1)?.endAt(revision);
    const gap = this.#gaps.at(-1);
    if (gap !== undefined) gap.toMs = ms;
  }

  check(truth: Truth): void {
    for (const period of this.forbidden) checkPeriod(truth, period);
    for (const answer of this.answers) {
      const periods = answer.kind === 'read' ? this.#gaps : this.#allowed;
      const within = periods.find(({ fromMs, toMs }) => answer.calledMs > fromMs && answer.answeredMs < toMs);
      demand(within === undefined, () =>
        answer.kind === 'read'
          ? `the guest read at ${answer.calledMs}, though it had no right to since ${within!.fromMs}`
          : `the guest was denied at ${answer.calledMs}, though it had the right since ${within!.fromMs}`,
      );
    }
  }
}

function checkPeriod(truth: Truth, { after, last }: Forbidden): void {
  for (let revision = after + 1; revision <= Math.min(last, truth.revision); revision++) {
    for (const { isDelete, kv } of truth.events[revision]!) {
      const name = decodeLatin1(kv.key);
      demand(
        isDelete || !name.startsWith(GUARDED_KEYS),
        () => `${name} was put at revision ${revision}, though the right to it was gone at ${after}`,
      );
    }
  }
}
