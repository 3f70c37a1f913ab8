/**
 * Users, roles and what they may do, as a list of calls whose outcomes are written down, one line each, so that two
 * programs can be compared and one can be held against what it must say.
 */
import { connect, type TestClient } from '../clients/client.js';

const ROOT = { name: 'root', password: 'secret' };
const USER = { name: 'u', password: 'password' };

interface Failure {
  readonly code: number;
  readonly details: string;
}

export class AuthScenario {
  readonly lines: string[] = [];
  readonly #client: TestClient;

  private constructor(endpoint: string) {
    this.#client = connect(endpoint);
  }

  static async run(endpoint: string): Promise<readonly string[]> {
    const scenario = new AuthScenario(endpoint);
    try {
      await scenario.#prepare();
      await scenario.#manage();
      await scenario.#useKeys();
      await scenario.#useLeases();
      await scenario.#watch();
      await scenario.#change();
      return scenario.lines;
    } finally {
      scenario.#client.close();
    }
  }

  /** Writes down what became of a call; `show` picks what is the same in every program. */
  async #note<T>(
    name: string,
    call: Promise<T>,
    show: (answer: T) => unknown = () => '',
  ): Promise<T | undefined> {
    try {
      const answer = await call;
      this.lines.push(`${name}: OK ${JSON.stringify(show(answer))}`);
      return answer;
    } catch (error) {
      const { code, details } = error as Failure;
      this.lines.push(`${name}: ${code} ${details}`);
      return undefined;
    }
  }

  async #as(who: { readonly name: string; readonly password: string } | undefined): Promise<void> {
    const client = this.#client;
    client.token = '';
    if (who === undefined) return;
    client.token = (await client.auth.authenticate(who)).token;
  }

  async #prepare(): Promise<void> {
    const { auth, kv } = this.#client;
    await this.#note('enable without root', auth.enable());
    await this.#note('log in while auth is off', auth.authenticate(ROOT));
    await this.#note('add root', auth.userAdd(ROOT));
    await this.#note('enable without the role', auth.enable());
    await this.#note('grant root', auth.userGrantRole({ user: 'root', role: 'root' }));
    await this.#note('add u', auth.userAdd(USER));
    await this.#note('add c', auth.userAdd({ name: 'c', options: { noPassword: true } }));
    await this.#note('add a long password', auth.userAdd({ name: 'long', password: 'x'.repeat(73) }));
    await this.#note('add nobody', auth.userAdd({ name: '', password: 'x' }));
    await this.#note('add u again', auth.userAdd(USER));
    for (const [key, value] of [
      ['a', '1'],
      ['d', '2'],
      ['x', '3'],
    ] as const)
      await kv.put({ key, value });
    await this.#note('enable', auth.enable());
    await this.#note('wrong password', auth.authenticate({ ...ROOT, password: 'x' }));
    await this.#note('unknown user', auth.authenticate({ name: 'x', password: 'x' }));
    await this.#note('no password', auth.authenticate({ name: 'c', password: 'x' }));
  }

  async #manage(): Promise<void> {
    const { auth } = this.#client;
    await this.#note('nobody lists users', auth.userList());
    this.#client.token = 'garbage';
    await this.#note('garbage lists users', auth.userList());
    await this.#as(ROOT);
    await this.#note('users', auth.userList(), ({ users }) => users);
    await this.#note('add role r', auth.roleAdd({ name: 'r' }));
    await this.#note('add role r again', auth.roleAdd({ name: 'r' }));
    await this.#note('add no role', auth.roleAdd({ name: '' }));
    const grant = (permType: number, key: string, rangeEnd = ''): Promise<unknown> =>
      this.#note(
        `grant ${permType} ${JSON.stringify([key, rangeEnd])}`,
        auth.roleGrantPermission({ name: 'r', perm: { permType, key, rangeEnd } }),
      );
    await grant(2, 'a', 'c');
    await grant(0, 'x', '\0');
    await grant(1, 'w');
    await grant(0, 'b', 'a');
    await grant(0, '', 'a');
    await this.#note('grant nothing', auth.roleGrantPermission({ name: 'r' }));
    await this.#note('grant to no role', auth.roleGrantPermission({ name: 'q', perm: { key: 'a' } }));
    await this.#note('revoke what is not granted', auth.roleRevokePermission({ role: 'r', key: 'zz' }));
    await this.#note('role r', auth.roleGet({ role: 'r' }), ({ perm }) =>
      perm.map(({ permType, key, rangeEnd }) => [
        permType,
        String.fromCharCode(...key),
        String.fromCharCode(...rangeEnd),
      ]),
    );
    await this.#note('role q', auth.roleGet({ role: 'q' }));
    await this.#note('give u the role', auth.userGrantRole({ user: 'u', role: 'r' }));
    await this.#note('give u the role again', auth.userGrantRole({ user: 'u', role: 'r' }));
    await this.#note('give u no role', auth.userGrantRole({ user: 'u', role: 'q' }));
    await this.#note('take from u what he has not', auth.userRevokeRole({ name: 'u', role: 'q' }));
    await this.#note('user u', auth.userGet({ name: 'u' }), ({ roles }) => roles);
    await this.#note('delete root', auth.userDelete({ name: 'root' }));
    await this.#note('take root from root', auth.userRevokeRole({ name: 'root', role: 'root' }));
    await this.#note('status', auth.status(), ({ enabled, authRevision }) => [enabled, authRevision]);
  }

  async #useKeys(): Promise<void> {
    const { auth, kv, cluster } = this.#client;
    await this.#as(undefined);
    await this.#note('nobody reads', kv.range({ key: 'a' }));
    await this.#note('nobody does nothing', kv.txn({}), ({ succeeded }) => succeeded);
    await this.#note('nobody lists members', cluster.memberList());
    await this.#as(USER);
    await this.#note('u reads a', kv.range({ key: 'a' }), ({ count }) => count);
    await this.#note('u reads d', kv.range({ key: 'd' }));
    await this.#note('u reads a to c', kv.range({ key: 'a', rangeEnd: 'c' }), ({ count }) => count);
    await this.#note('u reads a to d', kv.range({ key: 'a', rangeEnd: 'd' }));
    await this.#note('u reads from x', kv.range({ key: 'x', rangeEnd: '\0' }), ({ count }) => count);
    await this.#note('u reads from a', kv.range({ key: 'a', rangeEnd: '\0' }));
    await this.#note('u reads d at a revision', kv.range({ key: 'd', revision: 2, serializable: true }));
    await this.#note('u writes b', kv.put({ key: 'b', value: '1' }));
    await this.#note('u writes x', kv.put({ key: 'x', value: '1' }));
    await this.#note('u writes w', kv.put({ key: 'w', value: '1' }));
    await this.#note('u writes w, wants the old', kv.put({ key: 'w', value: '1', prevKv: true }));
    await this.#note('u deletes w', kv.deleteRange({ key: 'w' }), ({ deleted }) => deleted);
    await this.#note('u deletes w, wants the old', kv.deleteRange({ key: 'w', prevKv: true }));
    await this.#note('u deletes a to d', kv.deleteRange({ key: 'a', rangeEnd: 'd' }));
    const other = { requestRange: { key: 'd' } };
    await this.#note('u compares d', kv.txn({ compare: [{ key: 'd' }] }));
    await this.#note('u reads d in a txn', kv.txn({ success: [other] }));
    await this.#note('u reads d in the branch not taken', kv.txn({ failure: [other] }));
    await this.#note(
      'u reads d in a nested txn',
      kv.txn({ success: [{ requestTxn: { success: [other] } }] }),
    );
    await this.#note('u writes b in a txn', kv.txn({ success: [{ requestPut: { key: 'b', value: '2' } }] }));
    await this.#note('u compacts', kv.compact({ revision: 2 }));
    await this.#note('u lists members', cluster.memberList(), ({ members }) => members.length);
    await this.#note('u removes a member', cluster.memberRemove({ id: 1n }));
    await this.#note('u lists users', auth.userList());
    await this.#note('u looks at himself', auth.userGet({ name: 'u' }), ({ roles }) => roles);
    await this.#note('u looks at root', auth.userGet({ name: 'root' }));
    await this.#note('u looks at his role', auth.roleGet({ role: 'r' }), ({ perm }) => perm.length);
    await this.#note('u looks at another role', auth.roleGet({ role: 'root' }));
    await this.#note('u changes his password', auth.userChangePassword(USER));
    await this.#note('u disables auth', auth.disable());
  }

  async #useLeases(): Promise<void> {
    const { kv, lease } = this.#client;
    await this.#note('u grants leases', Promise.all([7n, 8n].map((id) => lease.grant({ id, ttl: 1000 }))));
    await this.#note('u attaches b', kv.put({ key: 'b', lease: 7n }));
    await this.#note('u attaches to no lease', kv.put({ key: 'b', lease: 9n }));
    await this.#as(ROOT);
    await this.#note('root attaches d', kv.put({ key: 'd', lease: 8n }));
    await this.#as(USER);
    await this.#note('u attaches beside d', kv.put({ key: 'b', lease: 8n }));
    await this.#note(
      'u asks for the keys of 7',
      lease.timeToLive({ id: 7n, keys: true }),
      ({ keys }) => keys.length,
    );
    await this.#note('u asks for the keys of 8', lease.timeToLive({ id: 8n, keys: true }));
    await this.#note(
      'u asks for the time of 8',
      lease.timeToLive({ id: 8n }),
      ({ grantedTtl }) => grantedTtl,
    );
    await this.#note('u lists leases', lease.leases());
    await this.#note('u revokes 8', lease.revoke({ id: 8n }));
    await this.#note('u revokes 7', lease.revoke({ id: 7n }));
    await this.#keepAlive('u keeps 8 alive', 8n);
    await this.#as(ROOT);
    await this.#note('root lists leases', lease.leases(), ({ leases }) => leases.map(({ id }) => String(id)));
    await this.#keepAlive('root keeps 8 alive', 8n);
    await this.#note('root revokes 8', lease.revoke({ id: 8n }));
  }

  async #keepAlive(name: string, id: bigint): Promise<void> {
    const stream = this.#client.lease.keepAlive();
    stream.send({ id });
    await this.#note(name, stream.must(), ({ ttl }) => ttl);
    stream.cancel();
  }

  async #watch(): Promise<void> {
    await this.#as(USER);
    const watch = async (name: string, key: string, rangeEnd: string): Promise<void> => {
      const stream = this.#client.watch();
      stream.send({ createRequest: { key, rangeEnd } });
      await this.#note(name, stream.must(), ({ created, canceled, cancelReason }) => [
        created,
        canceled,
        cancelReason,
      ]);
      stream.cancel();
    };
    await watch('u watches a', 'a', '');
    await watch('u watches a to d', 'a', 'd');
    await watch('u watches from x', 'x', '\0');
    await watch('u watches from a', 'a', '\0');
    this.#client.token = '';
    await watch('nobody watches a', 'a', '');
    this.#client.token = 'x.1';
    await watch('a stranger watches a', 'a', '');
  }

  async #change(): Promise<void> {
    const { auth, kv } = this.#client;
    await this.#as(USER);
    const mine = this.#client.token;
    await this.#as(ROOT);
    const theirs = this.#client.token;
    await this.#note('take the role from u', auth.userRevokeRole({ name: 'u', role: 'r' }));
    this.#client.token = mine;
    await this.#note('u reads a without it', kv.range({ key: 'a' }));
    this.#client.token = theirs;
    await this.#note('give it back', auth.userGrantRole({ user: 'u', role: 'r' }));
    this.#client.token = mine;
    await this.#note('u reads a with it', kv.range({ key: 'a' }), ({ count }) => count);
    this.#client.token = theirs;
    await this.#note('delete the role', auth.roleDelete({ role: 'r' }));
    await this.#note('roles of u', auth.userGet({ name: 'u' }), ({ roles }) => roles);
    await this.#note('change the password of u', auth.userChangePassword({ ...USER, password: 'other' }));
    await this.#note('change the password of x', auth.userChangePassword({ name: 'x', password: 'other' }));
    this.#client.token = mine;
    await this.#note('u reads with the token of before', kv.range({ key: 'a' }));
    await this.#note('u logs in with the password of before', auth.authenticate(USER));
    this.#client.token = theirs;
    await this.#note('delete u', auth.userDelete({ name: 'u' }));
    await this.#note('delete u again', auth.userDelete({ name: 'u' }));
    await this.#note('status', auth.status(), ({ authRevision }) => authRevision);
    await this.#note('disable', auth.disable());
    await this.#note('disable again', auth.disable());
    this.#client.token = 'garbage';
    await this.#note('anybody reads', kv.range({ key: 'a' }), ({ count }) => count);
    await this.#note('status', auth.status(), ({ enabled, authRevision }) => [enabled, authRevision]);
  }
}
