/**
 * Whoever administers users: switches auth on, and then gives one user the right to some keys and takes it away, again and
 * again, with a write behind each revocation that says by its revision when the right was gone.
 */
import { encodeUtf8 } from '../../stdx/index.js';
import { Status } from '../../transport/index.js';
import {
  AuthEnableRequest,
  AuthRoleAddRequest,
  AuthRoleGrantPermissionRequest,
  AuthRoleRevokePermissionRequest,
  AuthUserAddRequest,
  AuthUserGrantRoleRequest,
  PermissionType,
  PutRequest,
} from '../../wire/index.js';
import { comparable } from '../check/answer.js';
import type { RightsRecord } from '../check/check-rights.js';
import { GUARDED_END, GUARDED_KEYS } from '../check/guarded-keys.js';
import { type ClientParts, pickServing, send } from './client.js';

const ROOT = 'root';
export const GUEST = 'guest';
const ROLE = 'keeper';
const AUTH = '/etcdserverpb.Auth/';
const RETRY_MS = 100;
const REQUEST_MS_MAX = 5000;
/** For so long a request whose fate is unknown may still be carried out: longer than any member keeps trying. */
const IN_FLIGHT_MS_MAX = 20_000;
const PERIOD_MS_MAX = 3000;

type Step = readonly [method: string, request: Uint8Array];

const guest = { name: GUEST, password: '', options: { noPassword: true }, hashedPassword: '' };

const SETUP: readonly Step[] = [
  ['UserAdd', AuthUserAddRequest.toBytes({ ...guest, name: ROOT })],
  ['RoleAdd', AuthRoleAddRequest.toBytes({ name: ROOT })],
  ['UserGrantRole', AuthUserGrantRoleRequest.toBytes({ user: ROOT, role: ROOT })],
  ['UserAdd', AuthUserAddRequest.toBytes(guest)],
  ['RoleAdd', AuthRoleAddRequest.toBytes({ name: ROLE })],
  ['UserGrantRole', AuthUserGrantRoleRequest.toBytes({ user: GUEST, role: ROLE })],
  ['AuthEnable', AuthEnableRequest.toBytes({})],
];

const KEYS = { key: encodeUtf8(GUARDED_KEYS), rangeEnd: encodeUtf8(GUARDED_END) };

const GRANT: Step = [
  'RoleGrantPermission',
  AuthRoleGrantPermissionRequest.toBytes({
    name: ROLE,
    perm: { permType: PermissionType.READWRITE, ...KEYS },
  }),
];

const REVOKE: Step = [
  'RoleRevokePermission',
  AuthRoleRevokePermissionRequest.toBytes({ role: ROLE, ...KEYS }),
];

export class AuthAdmin {
  readonly #parts: ClientParts;
  readonly #record: RightsRecord;
  #marks = 0;
  #stopped = false;

  constructor(parts: ClientParts, record: RightsRecord) {
    this.#parts = parts;
    this.#record = record;
  }

  start(): void {
    this.#setUp(0);
  }

  stop(): void {
    this.#stopped = true;
  }

  #later(ms: number, then: () => void): void {
    this.#parts.queue.after(ms, 'auth-admin', () => {
      if (!this.#stopped) then();
    });
  }

  #setUp(at: number): void {
    const step = SETUP[at];
    if (step === undefined) return this.#grant();
    this.#insist(step, () => this.#setUp(at + 1));
  }

  #grant(): void {
    const { session, prng, queue } = this.#parts;
    // Whatever is at or below this was done before anybody could be given the right again.
    this.#record.release(session.seenRevision, queue.now);
    this.#insist(GRANT, () => {
      this.#record.allow(queue.now);
      this.#later(prng.float() * PERIOD_MS_MAX, () => this.#revoke());
    });
  }

  #revoke(): void {
    this.#record.disallow(this.#parts.queue.now);
    this.#insist(REVOKE, () => this.#mark());
  }

  #mark(): void {
    const host = pickServing(this.#parts);
    if (host === undefined) return this.#later(RETRY_MS, () => this.#mark());
    const put = PutRequest.create({ key: encodeUtf8('mark'), value: encodeUtf8(`m${++this.#marks}`) });
    send(this.#parts, { host, request: { kind: 'put', put }, timeoutMs: REQUEST_MS_MAX }, ({ outcome }) => {
      if (outcome?.kind !== 'answered') return this.#later(RETRY_MS, () => this.#mark());
      this.#record.forbid(comparable('put', outcome.bytes).revision, this.#parts.queue.now);
      this.#later(this.#parts.prng.float() * PERIOD_MS_MAX, () => this.#grant());
    });
  }

  /** Sends a request until it is carried out; nothing of it is under way any more when `done` is called. */
  #insist(step: Step, done: () => void): void {
    const [method, request] = step;
    const host = pickServing(this.#parts);
    if (host === undefined) return this.#later(RETRY_MS, () => this.#insist(step, done));
    let isDone = false;
    const settle = (ms: number, then: () => void): void => {
      if (isDone) return;
      isDone = true;
      this.#later(ms, then);
    };
    const call = host.call(AUTH + method, request, {
      message: (bytes) => {
        this.#parts.hash.bytes(bytes);
        return true;
      },
      end: (code, message) => {
        const isLearner = message.endsWith('rpc not supported for learner');
        // Refused as a change that has been made: an earlier try was carried out after all.
        const isMade = code === Status.FAILED_PRECONDITION && !isLearner;
        if (code === Status.OK || isMade) settle(0, done);
        else if (code === Status.INVALID_ARGUMENT || isLearner)
          settle(RETRY_MS, () => this.#insist(step, done));
        else settle(IN_FLIGHT_MS_MAX, () => this.#insist(step, done));
      },
      lost: () => settle(IN_FLIGHT_MS_MAX, () => this.#insist(step, done)),
    });
    this.#parts.queue.after(REQUEST_MS_MAX, 'auth-timeout', () => {
      if (call.finished) return;
      call.cancel();
      settle(IN_FLIGHT_MS_MAX, () => this.#insist(step, done));
    });
  }
}
