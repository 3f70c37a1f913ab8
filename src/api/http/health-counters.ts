/** What the health endpoints have answered. */
export interface CheckCounter {
  readonly type: string;
  readonly name: string;
  /** The last result. */
  isGood: boolean;
  good: number;
  bad: number;
}

export class HealthCounters {
  /** Answers of `/health`. */
  good = 0;
  bad = 0;
  readonly #checks = new Map<string, CheckCounter>();

  note(isGood: boolean): void {
    if (isGood) this.good++;
    else this.bad++;
  }

  /** A check of `/livez` or `/readyz`. */
  noteCheck(type: string, name: string, isGood: boolean): void {
    const key = `${type} ${name}`;
    const counter = this.#checks.get(key) ?? { type, name, isGood, good: 0, bad: 0 };
    this.#checks.set(key, counter);
    counter.isGood = isGood;
    if (isGood) counter.good++;
    else counter.bad++;
  }

  checks(): IterableIterator<CheckCounter> {
    return this.#checks.values();
  }
}
