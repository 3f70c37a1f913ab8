/** What a run of the simulator is asked for, from its command line. */

export interface SimOptions {
  readonly first: number;
  readonly seeds: number;
  readonly minutes: number;
  readonly leaseClients: number;
  readonly guests: number;
  readonly isTwice: boolean;
  /** Processes that share the seeds. */
  readonly workers: number;
  /** Instead of `seeds` from `first` on, the recorded ones that once broke something. */
  readonly regressions: boolean;
}

function numberOf(argv: readonly string[], name: string, otherwise: number): number {
  const at = argv.indexOf(`--${name}`);
  if (at < 0) return otherwise;
  const value = Number(argv[at + 1]);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} wants a positive number`);
  return value;
}

export function parseSimOptions(argv: readonly string[], now: number): SimOptions {
  const seeds = Math.floor(numberOf(argv, 'seeds', 1));
  return {
    first: Math.floor(numberOf(argv, 'seed', now % 1_000_000_000)),
    seeds,
    minutes: numberOf(argv, 'minutes', 1),
    leaseClients: numberOf(argv, 'lease-clients', 0),
    guests: numberOf(argv, 'guests', 0),
    isTwice: argv.includes('--twice'),
    workers: Math.min(seeds, Math.floor(numberOf(argv, 'workers', 1))),
    regressions: argv.includes('--regressions'),
  };
}

/** The same for a part of the seeds, as words. */
export function partOf(options: SimOptions, first: number, seeds: number): string[] {
  const { minutes, leaseClients, guests, isTwice } = options;
  const words = ['--seed', `${first}`, '--seeds', `${seeds}`, '--minutes', `${minutes}`];
  if (leaseClients > 0) words.push('--lease-clients', `${leaseClients}`);
  if (guests > 0) words.push('--guests', `${guests}`);
  if (isTwice) words.push('--twice');
  return words;
}
