/** Says now and then how far both programs are, and what takes long. */

export type CaseListener = (name: string, what: 'begins' | 'ends') => void;

const INTERVAL_MS = 15_000;
const LONG_MS = 12_000;

export class Progress {
  readonly #total: number;
  readonly #print: (line: string) => void;
  readonly #done = new Map<string, number>();
  /** When each case that is being played began. */
  readonly #open = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(total: number, print: (line: string) => void) {
    this.#total = total;
    this.#print = print;
    this.#timer = setInterval(() => this.#tell(), INTERVAL_MS);
  }

  of(program: string): CaseListener {
    this.#done.set(program, 0);
    return (name, what) => {
      if (what === 'begins') this.#open.set(`${program}: ${name}`, Date.now());
      else {
        this.#open.delete(`${program}: ${name}`);
        this.#done.set(program, this.#done.get(program)! + 1);
      }
    };
  }

  #tell(): void {
    const counts = [...this.#done].map(([program, count]) => `${program} ${count}`).join(', ');
    const long = [...this.#open].filter(([, since]) => Date.now() - since > LONG_MS).map(([name]) => name);
    this.#print(
      `  ... ${counts} of ${this.#total}${long.length === 0 ? '' : `; takes long: ${long.join('; ')}`}`,
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
