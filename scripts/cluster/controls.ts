/** The keys: digits choose a member, letters do something to it. */
import type { LocalMember } from './local-member.js';

export const KEYS_HELP =
  'keys: 1-9 choose a member, l the leader · k kill -9 · p pause · c continue · r start again · s status · q quit';

export interface ControlledMember extends Pick<LocalMember, 'name' | 'state' | 'pid'> {
  start(): void;
  kill(): void;
  pause(): void;
  resume(): void;
}

export interface ControlsEnvironment {
  say(text: string): void;
  /** What is known of a member's part, as `leader`. */
  roleOf(name: string): string;
  quit(): void;
}

export class Controls {
  readonly #members: readonly ControlledMember[];
  readonly #environment: ControlsEnvironment;
  #chosen = 0;

  constructor(members: readonly ControlledMember[], environment: ControlsEnvironment) {
    this.#members = members;
    this.#environment = environment;
  }

  press(key: string): void {
    const member = this.#members[this.#chosen]!;
    if (/^[1-9]$/.test(key)) return this.#choose(Number(key) - 1);
    switch (key) {
      case 'l':
        return this.#choose(this.#members.findIndex(({ name }) => this.#isLeader(name)));
      case 'k':
        return this.#act(member, 'killed', ['running', 'paused'], () => member.kill());
      case 'p':
        return this.#act(member, 'paused', ['running'], () => member.pause());
      case 'c':
        return this.#act(member, 'continued', ['paused'], () => member.resume());
      case 'r':
        return this.#act(member, 'started', ['stopped'], () => member.start());
      case 's':
        return this.#environment.say(this.status());
      case 'q':
      case '\u0003':
      case '\u0004':
        return this.#environment.quit();
      case 'h':
      case '?':
        return this.#environment.say(KEYS_HELP);
    }
  }

  /** One line: every member, its state, and which one is chosen. */
  status(): string {
    return this.#members
      .map((member, i) => {
        const state = member.state === 'running' ? this.#environment.roleOf(member.name) : member.state;
        return `${i === this.#chosen ? '▶' : ' '} ${member.name} ${state}`;
      })
      .join('  ');
  }

  #isLeader(name: string): boolean {
    const member = this.#members.find((each) => each.name === name);
    return member?.state === 'running' && this.#environment.roleOf(name) === 'leader';
  }

  #choose(index: number): void {
    if (index < 0) return this.#environment.say('no member says that it leads');
    if (index >= this.#members.length) return;
    this.#chosen = index;
    this.#environment.say(this.status());
  }

  #act(member: ControlledMember, done: string, from: readonly string[], act: () => void): void {
    if (!from.includes(member.state)) return this.#environment.say(`${member.name} is ${member.state}`);
    const pid = member.pid;
    act();
    this.#environment.say(`${member.name} ${done}${pid === undefined ? '' : ` (process ${pid})`}`);
  }
}
