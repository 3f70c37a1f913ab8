/** One run over all chosen targets: the two programs side by side, progress as it goes, and a table at the end. */
import type { AcceptedDifference } from './accepted-differences.js';
import type { Case } from './case.js';
import { compareCase, type Difference } from './compare.js';
import type { Line } from './conversation.js';
import { Coverage } from './coverage.js';
import { ERROR_ROWS } from './error-rows.js';
import { FIXTURES, type Fixture } from './fixtures.js';
import { Player } from './player.js';
import { type CaseListener, Progress } from './progress.js';
import {
  describeSetting,
  describeTarget,
  type Members,
  type Protocol,
  type Security,
  type Setting,
  type Target,
} from './target.js';

/** Clusters of their own that are up at the same time, for each program. */
const FRESH_AT_ONCE = 3;

export interface SuiteOptions {
  readonly cases: readonly Case[];
  readonly members: readonly Members[];
  readonly securities: readonly Security[];
  readonly protocols: readonly Protocol[];
  readonly rules: readonly AcceptedDifference[];
  /** Whether no case was left out, so that what is not covered is a fault. */
  readonly isWhole: boolean;
  readonly isVerbose: boolean;
  readonly print: (line: string) => void;
}

interface Row {
  readonly target: Target;
  readonly cases: number;
  readonly calls: number;
  readonly differences: readonly Difference[];
  readonly seconds: number;
}

export class SuiteRun {
  readonly #options: SuiteOptions;
  readonly #rows: Row[] = [];
  readonly #played = new Set<string>();
  /** What real etcd was asked and said. */
  readonly coverage = new Coverage();

  constructor(options: SuiteOptions) {
    this.#options = options;
  }

  /** True if all is well. */
  async go(): Promise<boolean> {
    for (const members of this.#options.members) {
      for (const security of this.#options.securities) await this.#runSetting({ members, security });
    }
    return this.#summary();
  }

  async #runSetting(setting: Setting): Promise<void> {
    this.#options.print(`=== ${describeSetting(setting)}`);
    const etcd = new Player('etcd', setting, this.coverage);
    const quoin = new Player('quoin', setting, new Coverage());
    try {
      for (const protocol of this.#options.protocols) {
        const target = { ...setting, protocol };
        const row = await this.#runTarget(target, etcd, quoin);
        this.#rows.push(row);
        this.#options.print(describeRow(row));
      }
    } finally {
      await Promise.all([etcd.stop(), quoin.stop()]);
    }
  }

  async #runTarget(target: Target, etcd: Player, quoin: Player): Promise<Row> {
    const began = Date.now();
    const cases = this.#options.cases.filter(
      ({ protocol, members }) =>
        (protocol ?? target.protocol) === target.protocol && (members ?? target.members) === target.members,
    );
    const progress = new Progress(cases.length, this.#options.print);
    const [expected, found] = await Promise.all([
      playAll(cases, target, etcd, progress.of('etcd')),
      playAll(cases, target, quoin, progress.of('quoin')),
    ]);
    progress.stop();
    const differences: Difference[] = [];
    let calls = 0;
    for (const [i, each] of cases.entries()) {
      calls += expected[i]!.length;
      this.#played.add(each.name);
      const differing = compareCase(each, target, expected[i]!, found[i]!, this.#options.rules);
      differences.push(...differing);
      if (this.#options.isVerbose) this.#show(each, expected[i]!);
      for (const one of differing) if (one.accepted === undefined) this.#report(one);
    }
    return { target, cases: cases.length, calls, differences, seconds: (Date.now() - began) / 1000 };
  }

  #show({ name }: Case, lines: readonly Line[]): void {
    this.#options.print(`--- ${name}`);
    for (const { what, text } of lines) this.#options.print(`  ${what}\n    ${text}`);
  }

  #report({ name, target, what, etcd, quoin }: Difference): void {
    this.#options.print(`DIFFERENCE in "${name}" (${describeTarget(target)})`);
    this.#options.print(`  asked: ${what}\n  etcd:  ${etcd}\n  quoin: ${quoin}`);
  }

  #summary(): boolean {
    const { print } = this.#options;
    print('');
    for (const row of this.#rows) print(describeRow(row));
    const all = this.#rows.flatMap(({ differences }) => differences);
    const faults = all.filter(({ accepted }) => accepted === undefined);
    const byRow = new Map<string, number>();
    for (const { accepted } of all)
      if (accepted !== undefined) byRow.set(accepted.row, (byRow.get(accepted.row) ?? 0) + 1);
    for (const [row, count] of [...byRow].sort()) print(`accepted ${count} times: ${row}`);
    const missing = this.#options.isWhole ? this.coverage.missing() : [];
    if (missing.length > 0) print(`no case uses: ${missing.join(', ')}`);
    const unmet = this.coverage.unmet(ERROR_ROWS, this.#played);
    if (unmet.length > 0) print(`rows of errors that their case did not meet: ${unmet.join(', ')}`);
    const sum = (of: (row: Row) => number): number => this.#rows.reduce((total, row) => total + of(row), 0);
    print(
      `${this.#options.cases.length} cases, played ${sum(({ cases }) => cases)} times on each program, ` +
        `${sum(({ calls }) => calls)} answers compared: ${faults.length} differences, ${all.length - faults.length} accepted`,
    );
    return faults.length === 0 && missing.length === 0 && unmet.length === 0;
  }
}

function describeRow({ target, cases, calls, differences, seconds }: Row): string {
  const faults = differences.filter(({ accepted }) => accepted === undefined).length;
  const accepted = differences.length - faults;
  return (
    `${describeTarget(target).padEnd(26)} ${String(cases).padStart(4)} cases ${String(calls).padStart(5)} answers ` +
    `${String(faults).padStart(3)} differences ${String(accepted).padStart(3)} accepted ${seconds.toFixed(0)} s`
  );
}

/**
 * Those that share a cluster are played one after the other; beside them, a few at a time, those that have one of their own,
 * most of which wait for time to pass.
 */
async function playAll(
  cases: readonly Case[],
  target: Target,
  player: Player,
  tell: CaseListener,
): Promise<(readonly Line[])[]> {
  const out: (readonly Line[])[] = cases.map(() => []);
  const isFresh = ({ fixture }: Case): boolean => (FIXTURES[fixture ?? 'shared'] as Fixture).isFresh === true;
  const lane = async (queue: (readonly [number, Case])[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [at, each] = next;
      tell(each.name, 'begins');
      out[at] = await player.play(each, target);
      tell(each.name, 'ends');
    }
  };
  const numbered = cases.map((each, i) => [i, each] as const);
  const shared = numbered.filter(([, each]) => !isFresh(each));
  const fresh = numbered.filter(([, each]) => isFresh(each));
  await Promise.all([lane(shared), ...Array.from({ length: FRESH_AT_ONCE }, () => lane(fresh))]);
  return out;
}
