/**
 * A progress line, redrawn in place: ` 707 / 1000   70.70% 3s`. Drawn only on a terminal, so that logs stay clean.
 */
import { PROGRESS_INTERVAL_MS } from './limits.js';

export interface ProgressOutput {
  write(text: string): void;
  readonly isTTY: boolean;
}

const BAR_CELLS = 30;

export class ProgressBar {
  readonly #output: ProgressOutput;
  readonly #total: number;
  readonly #completed: () => number;
  readonly #startMs: number;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  /** Draws until `stop`; `completed` says how many of `total` are done. */
  constructor(output: ProgressOutput, total: number, completed: () => number) {
    this.#output = output;
    this.#total = total;
    this.#completed = completed;
    this.#startMs = performance.now();
    if (output.isTTY) this.#timer = setInterval(() => this.#draw(), PROGRESS_INTERVAL_MS);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#draw();
    this.#output.write('\n');
  }

  #draw(): void {
    const elapsedS = Math.round((performance.now() - this.#startMs) / 1000);
    this.#output.write(`\r${progressLine(this.#completed(), this.#total, elapsedS)}\x1b[K`);
  }
}

export function progressLine(completed: number, total: number, elapsedS: number): string {
  const share = total === 0 ? 1 : Math.min(1, completed / total);
  const full = Math.floor(share * BAR_CELLS);
  const bar = '\u2588'.repeat(full) + '\u2591'.repeat(BAR_CELLS - full);
  return ` ${completed} / ${total} ${bar} ${(share * 100).toFixed(2)}% ${elapsedS}s`;
}
