/**
 * Who a token speaks for. Simple tokens are agreed upon through the log and kept by every member while they are used; signed
 * ones (JWT) carry what they say.
 *
 * A login: the password is checked here, at a known revision of users and roles; the log then makes the token, unless that
 * revision has moved meanwhile, in which case all begins anew (etcd's `Authenticate`).
 */
import type { AuthStore, Credentials } from '../auth/index.js';
import { randomTokenPart, SimpleTokens, tokenIndex } from '../auth/index.js';
import type { Clock, PasswordHasher, Random, Timer, TokenSigner } from '../platform/index.js';
import { type LoginListener, Reason, type Refusal } from '../state-machine/index.js';
import { encodeBase64, encodeUtf8 } from '../stdx/index.js';
import { AuthenticateResponse, RequestKind, TokenIssue } from '../wire/index.js';
import { LOGIN_TRIES_MAX, SIGNED_LOGINS_MAX, TOKEN_SWEEP_MS } from './limits.js';
import type { Member } from './member.js';

/** Bytes of a password that bcrypt looks at; more is refused, as in etcd. */
const PASSWORD_BYTES_MAX = 72;

export interface LoginOptions {
  readonly hasher: PasswordHasher;
  /** Undefined: simple tokens. */
  readonly signer: TokenSigner | undefined;
  readonly simpleTokenTtlMs: number;
  readonly random: Random;
}

type LoginMember = Pick<Member, 'machine' | 'clock' | 'propose' | 'readBarrier'>;

export type IdentifyContinuation = (who: Credentials | undefined) => void;

/** A signed token that was verified before. */
interface KnownLogin extends Credentials {
  readonly expiresAt: number;
}

export class Logins implements LoginListener {
  readonly #member: LoginMember;
  readonly #options: LoginOptions;
  readonly #auth: AuthStore;
  readonly #clock: Clock;
  readonly #tokens: SimpleTokens;
  readonly #signed = new Map<string, KnownLogin>();
  #sweep: Timer | undefined;

  constructor(member: LoginMember, options: LoginOptions) {
    this.#member = member;
    this.#options = options;
    this.#auth = member.machine.auth;
    this.#clock = member.clock;
    this.#tokens = new SimpleTokens(options.simpleTokenTtlMs);
    member.machine.logins = this;
  }

  onLogin(token: string, user: string): void {
    this.#tokens.assign(token, user, this.#clock.now());
    this.#armSweep();
  }

  onUserChanged(user: string): void {
    this.#tokens.invalidateUser(user);
  }

  onAllEnded(): void {
    this.#tokens.clear();
  }

  stop(): void {
    this.#sweep?.cancel();
  }

  /** Who a token speaks for, if that is known without waiting. */
  known(token: string): Credentials | undefined {
    if (this.#options.signer === undefined) {
      const user = this.#tokens.use(token, this.#clock.now());
      // What a simple token may do is what its user may do now.
      return user === undefined ? undefined : { user, revision: this.#auth.revision };
    }
    const login = this.#signed.get(token);
    if (login === undefined || login.expiresAt > this.#clock.wallTime()) return login;
    this.#signed.delete(token);
    return undefined;
  }

  /** {@link known}, waiting if need be; undefined if the token speaks for nobody. */
  identify(token: string, done: IdentifyContinuation): void {
    const known = this.known(token);
    if (known !== undefined) return done(known);
    if (this.#options.signer !== undefined) return void this.#verify(this.#options.signer, token, done);
    const index = tokenIndex(token);
    if (index === undefined || index <= this.#member.machine.appliedIndex) return done(undefined);
    // Another member has issued it, and this one has not come that far: what was committed before now will tell.
    this.#member.readBarrier((refusal) => done(refusal === undefined ? this.known(token) : undefined));
  }

  async #verify(signer: TokenSigner, token: string, done: IdentifyContinuation): Promise<void> {
    const login = await signer.verify(token);
    if (login === undefined) return done(undefined);
    const { user, authRevision, expiresAt } = login;
    if (this.#signed.size >= SIGNED_LOGINS_MAX) this.#signed.clear();
    const known = { user, revision: authRevision, expiresAt };
    this.#signed.set(token, known);
    done(known);
  }

  /** Checks the password and has a token made. */
  async logIn(user: string, password: string, done: (outcome: Refusal | string) => void): Promise<void> {
    for (let tries = 0; tries < LOGIN_TRIES_MAX; tries++) {
      const { revision } = this.#auth;
      const refusal = await this.#checkPassword(user, password);
      if (refusal !== undefined) return done(refusal);
      const outcome = await this.#issue(user, revision);
      if (typeof outcome === 'string' || outcome.message !== Reason.AUTH_OLD_REVISION.message)
        return done(outcome);
    }
    done(Reason.AUTH_OLD_REVISION);
  }

  async #checkPassword(name: string, password: string): Promise<Refusal | undefined> {
    if (!this.#auth.enabled) return Reason.AUTH_NOT_ENABLED;
    const user = this.#auth.user(name);
    if (user === undefined) return Reason.AUTH_FAILED;
    if (user.noPassword) return Reason.NO_PASSWORD_USER;
    const matches = await this.#options.hasher.matches(password, user.passwordHash);
    return matches ? undefined : Reason.AUTH_FAILED;
  }

  async #issue(user: string, authRevision: number): Promise<Refusal | string> {
    const { signer, random } = this.#options;
    if (signer !== undefined) {
      if (authRevision !== this.#auth.revision) return Reason.AUTH_OLD_REVISION;
      return signer.canSign ? signer.sign(user, authRevision) : Reason.VERIFY_ONLY_KEY;
    }
    const token = randomTokenPart((length) => random.bytes(length));
    const body = TokenIssue.toBytes({ name: user, token, authRevision });
    return new Promise((resolve) => {
      this.#member.propose(RequestKind.AUTHENTICATE, body, 0, body.length, {
        reply: (message, start, end) => resolve(AuthenticateResponse.decode(message, start, end).token),
        finish: (code, message) => resolve({ code, message }),
      });
    });
  }

  /** The hash of a new password, in base64 as it is replicated; refused if the password is longer than what counts. */
  async hashPassword(password: string): Promise<string | Refusal> {
    if (encodeUtf8(password).length > PASSWORD_BYTES_MAX) return Reason.PASSWORD_TOO_LONG;
    return encodeBase64(await this.#options.hasher.hash(password));
  }

  #armSweep(): void {
    if (this.#sweep !== undefined) return;
    this.#sweep = this.#clock.setTimer(TOKEN_SWEEP_MS, () => {
      this.#sweep = undefined;
      this.#tokens.sweep(this.#clock.now());
      if (this.#tokens.size > 0) this.#armSweep();
    });
  }
}
