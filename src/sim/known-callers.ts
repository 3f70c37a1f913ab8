/** Callers who are known by name, as by their certificates: there are no tokens that could get lost with a member. */
import type { Credentials } from '../auth/index.js';
import { type LoginOptions, Logins, type Member } from '../server/index.js';

export class KnownCallers extends Logins {
  readonly #member: Member;

  constructor(member: Member, options: LoginOptions) {
    super(member, options);
    this.#member = member;
  }

  override known(token: string): Credentials {
    return { user: token, revision: this.#member.machine.auth.revision };
  }
}
