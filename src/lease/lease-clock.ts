/**
 * The time by which leases run, in milliseconds. It stands still while nobody could have renewed one: while no leader
 * is known, and while the process itself stood still (a gap between two readings). Leases may end late, never early.
 */
export class LeaseClock {
  readonly #gapMs: number;
  #lastMs: number;
  #time = 0;
  #isHeld = true;

  /** `gapMs`: readings are never that far apart while the process runs. Begins at 0, held. */
  constructor(nowMs: number, gapMs: number) {
    this.#lastMs = nowMs;
    this.#gapMs = gapMs;
  }

  /** Lease time at `nowMs` of a clock that never goes back. */
  read(nowMs: number): number {
    const passed = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (!this.#isHeld && passed < this.#gapMs) this.#time += passed;
    return this.#time;
  }

  /** Stops it or lets it go on. */
  hold(isHeld: boolean, nowMs: number): void {
    this.read(nowMs);
    this.#isHeld = isHeld;
  }
}
