import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthStore } from '../auth/index.js';
import type { TokenSigner } from '../platform/index.js';
import { applyAuth } from '../state-machine/apply-auth.js';
import { type LoginListener, Reason } from '../state-machine/index.js';
import { encodeUtf8 } from '../stdx/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { AuthenticateResponse, type RequestKind } from '../wire/index.js';
import { Logins } from './logins.js';
import type { Waiter } from './waiter.js';

/** As much of a member as logins need: what is proposed is applied at once. */
class FakeMember {
  readonly clock = new ManualClock();
  readonly auth = new AuthStore();
  readonly machine = { auth: this.auth, appliedIndex: 0, logins: undefined as unknown as LoginListener };
  /** Runs between the check of a password and the log. */
  beforeApply: (() => void) | undefined;
  barriers: (() => void)[] = [];

  constructor() {
    this.auth.addUser('root', encodeUtf8('secret'), false);
    this.auth.addUser('cert', encodeUtf8(''), true);
    this.auth.grantRole('root', 'root');
    this.auth.enable();
  }

  propose(kind: RequestKind, buf: Uint8Array, start: number, end: number, waiter: Waiter): void {
    this.beforeApply?.();
    const index = ++this.machine.appliedIndex;
    const entry = { kind, buf, start, end, index, who: undefined };
    let token = '';
    const listener: LoginListener = {
      onLogin: (made, user) => {
        token = made;
        this.machine.logins.onLogin(made, user);
      },
      onUserChanged: (user) => this.machine.logins.onUserChanged(user),
      onAllEnded: () => this.machine.logins.onAllEnded(),
    };
    const refusal = applyAuth(this.auth, listener, entry);
    if (refusal !== undefined) return waiter.finish(refusal.code, refusal.message);
    const answer = AuthenticateResponse.toBytes({ header: undefined, token });
    waiter.reply(answer, 0, answer.length);
  }

  readBarrier(done: (refusal: undefined) => void): void {
    this.barriers.push(() => done(undefined));
  }
}

const hasher = {
  hash: async (password: string) => encodeUtf8(password),
  matches: async (password: string, stored: Uint8Array) => password === new TextDecoder().decode(stored),
};
const random = { float: () => 0.5, bytes: (length: number) => new Uint8Array(length).fill(7) };

function open(signer?: TokenSigner) {
  const member = new FakeMember();
  const options = { hasher, signer, simpleTokenTtlMs: 1000, random };
  const logins = new Logins(member as unknown as ConstructorParameters<typeof Logins>[0], options);
  const logIn = async (user: string, password: string) => {
    let outcome: unknown;
    await logins.logIn(user, password, (result) => {
      outcome = result;
    });
    return typeof outcome === 'string' ? outcome : (outcome as { message: string }).message;
  };
  return { member, logins, logIn };
}

test('a password gives a token, the token a user with his present rights', async () => {
  const { member, logins, logIn } = open();
  const token = await logIn('root', 'secret');
  assert.match(token, /^[a-zA-Z]{16}\.1$/);
  assert.deepEqual(logins.known(token), { user: 'root', revision: member.auth.revision });
  member.auth.addRole('r');
  assert.equal(logins.known(token)!.revision, member.auth.revision, 'a change of roles does not end it');
  member.clock.advance(1000);
  assert.equal(logins.known(token), undefined, 'unused it ends');
});

test('wrong passwords, unknown users and users of certificates do not get in', async () => {
  const { member, logIn } = open();
  assert.equal(await logIn('root', 'wrong'), Reason.AUTH_FAILED.message);
  assert.equal(await logIn('nobody', 'secret'), Reason.AUTH_FAILED.message);
  assert.equal(await logIn('cert', ''), Reason.NO_PASSWORD_USER.message);
  member.auth.disable();
  assert.equal(await logIn('root', 'secret'), Reason.AUTH_NOT_ENABLED.message);
});

test('a login begins anew if users or roles change meanwhile', async () => {
  const { member, logIn } = open();
  let changes = 2;
  member.beforeApply = () => {
    if (changes-- > 0) member.auth.addRole(`r${changes}`);
  };
  assert.match(await logIn('root', 'secret'), /\.3$/);
});

test('a token from further on in the log waits for this member to come there', async () => {
  const { member, logins } = open();
  const seen: unknown[] = [];
  logins.identify('x.5', (who) => seen.push(who?.user));
  logins.identify('no token', (who) => seen.push(who));
  logins.identify('x.0', (who) => seen.push(who));
  assert.deepEqual(seen, [undefined, undefined]);
  member.machine.appliedIndex = 5;
  logins.onLogin('x.5', 'root');
  member.barriers[0]!();
  assert.deepEqual(seen, [undefined, undefined, 'root']);
});

test('signed tokens say who logged in and when; they are verified once and end by their own time', async () => {
  let verified = 0;
  const signer: TokenSigner = {
    canSign: true,
    sign: async (user, revision) => `${user}/${revision}`,
    verify: async (token) => {
      verified++;
      const [user, revision] = token.split('/');
      if (revision === undefined) return undefined;
      return { user: user!, authRevision: Number(revision), expiresAt: now() + 500 };
    },
  };
  const { member, logins, logIn } = open(signer);
  const now = () => member.clock.wallTime();
  const token = await logIn('root', 'secret');
  const identify = (text: string) => new Promise((resolve) => logins.identify(text, resolve));
  assert.deepEqual(((await identify(token)) as { user: string }).user, 'root');
  assert.equal(logins.known(token)?.revision, member.auth.revision);
  assert.equal(verified, 1);
  assert.equal(await identify('garbage'), undefined);
  member.clock.advance(500);
  assert.equal(logins.known(token), undefined);
});

test('a password longer than bcrypt looks at is refused', async () => {
  const { logins } = open();
  assert.equal(await logins.hashPassword('x'.repeat(73)), Reason.PASSWORD_TOO_LONG);
  assert.equal(await logins.hashPassword('abc'), 'YWJj');
});
