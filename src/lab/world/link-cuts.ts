/** Which links the Lab has cut, by direction: unlike the simulator's nemesis it cuts each once, and heals it whole. */
import type { SimNetwork } from '../../sim/index.js';
import type { CutView } from '../view/view.js';

export class LinkCuts {
  readonly #network: SimNetwork;
  readonly #members: () => number;
  readonly #cut = new Map<string, CutView>();
  #view: readonly CutView[] = [];

  /** `members`: how many machines there are. */
  constructor(network: SimNetwork, members: () => number) {
    this.#network = network;
    this.#members = members;
  }

  get view(): readonly CutView[] {
    return this.#view;
  }

  set(from: number, to: number, isCut: boolean): void {
    const isMachine = (member: number): boolean => member >= 1 && member <= this.#members();
    if (from === to || !isMachine(from) || !isMachine(to)) return;
    const name = `${from}-${to}`;
    if (this.#cut.has(name) === isCut) return;
    if (isCut) {
      this.#cut.set(name, { from, to });
      this.#network.cut(from - 1, to - 1);
    } else {
      this.#cut.delete(name);
      this.#network.mend(from - 1, to - 1);
    }
    this.#view = [...this.#cut.values()];
  }

  /** Who is in no group is cut off from everybody. */
  partition(groups: readonly (readonly number[])[]): void {
    const members = Array.from({ length: this.#members() }, (_, i) => i + 1);
    for (const from of members) {
      for (const to of members) {
        const isTogether = groups.some((group) => group.includes(from) && group.includes(to));
        this.set(from, to, !isTogether);
      }
    }
  }

  healAll(): void {
    for (const { from, to } of this.#view) this.set(from, to, false);
  }
}
