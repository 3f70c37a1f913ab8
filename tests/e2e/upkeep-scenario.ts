/**
 * Alarms and upkeep as a list of calls whose outcomes are written down, one line each, so that two programs can be
 * compared. Sizes are not among them: the programs' files differ.
 */
import { connect, type TestClient } from '../clients/client.js';

const NOSPACE = 1;
const CORRUPT = 2;
const ACTIVATE = 1;
const DEACTIVATE = 2;

interface Failure {
  readonly code: number;
  readonly details: string;
}

const PUT = { requestPut: { key: 'a', value: '1' } };
const REMOVE = { requestDeleteRange: { key: 'a' } };
const RANGE = { requestRange: { key: 'a' } };

export class UpkeepScenario {
  readonly lines: string[] = [];
  readonly #client: TestClient;

  private constructor(endpoint: string) {
    this.#client = connect(endpoint);
  }

  static async run(endpoint: string): Promise<readonly string[]> {
    const scenario = new UpkeepScenario(endpoint);
    try {
      await scenario.#raise();
      await scenario.#useKeys('without space', NOSPACE);
      await scenario.#useKeys('corrupt', CORRUPT);
      await scenario.#maintain();
      return scenario.lines;
    } finally {
      scenario.#client.close();
    }
  }

  async #note<T>(name: string, call: Promise<T>, show: (answer: T) => unknown = () => ''): Promise<void> {
    try {
      const answer = await call;
      this.lines.push(`${name}: OK ${JSON.stringify(show(answer))}`);
    } catch (error) {
      const { code, details } = error as Failure;
      this.lines.push(`${name}: ${code} ${details}`);
    }
  }

  async #alarm(name: string, action: number, memberId: bigint, alarm: number): Promise<void> {
    const { maintenance } = this.#client;
    await this.#note(name, maintenance.alarm({ action, memberId, alarm }), ({ header, alarms }) => [
      header!.revision,
      alarms.map((each) => `${each.memberId} ${each.alarm}`).sort(),
    ]);
  }

  async #raise(): Promise<void> {
    await this.#alarm('none yet', 0, 0n, 0);
    await this.#alarm('end one that is not', DEACTIVATE, 7n, NOSPACE);
    await this.#alarm('raise nothing', ACTIVATE, 7n, 0);
    await this.#alarm('raise', ACTIVATE, 7n, NOSPACE);
    await this.#alarm('raise again', ACTIVATE, 7n, NOSPACE);
    await this.#alarm('raise of nobody', ACTIVATE, 0n, NOSPACE);
    await this.#alarm('raise another', ACTIVATE, 7n, CORRUPT);
    await this.#alarm('all', 0, 0n, 0);
    await this.#alarm('all of one kind', 0, 99n, CORRUPT);
    await this.#note('status', this.#client.maintenance.status({}), ({ errors }) => [...errors].sort());
    await this.#alarm('nobody stands for nobody', DEACTIVATE, 0n, CORRUPT);
    await this.#alarm('no kind is no wildcard', DEACTIVATE, 7n, 0);
    for (const [memberId, alarm] of [
      [7n, NOSPACE],
      [0n, NOSPACE],
      [7n, CORRUPT],
    ] as const) {
      await this.#alarm('end', DEACTIVATE, memberId, alarm);
    }
    await this.#alarm('none left', 0, 0n, 0);
  }

  async #useKeys(name: string, alarm: number): Promise<void> {
    const { kv, lease } = this.#client;
    const id = BigInt(100 + alarm);
    await this.#note(`${name}: put before`, kv.put({ key: 'a', value: '1' }));
    await this.#note(`${name}: grant before`, lease.grant({ id, ttl: 60 }));
    await this.#alarm(`${name}: raise`, ACTIVATE, 3n, alarm);
    await this.#note(`${name}: put`, kv.put({ key: 'a', value: '1' }));
    await this.#note(`${name}: put with lost lease`, kv.put({ key: 'a', lease: 5n }));
    await this.#note(`${name}: put without key`, kv.put({ value: '1' }));
    await this.#note(`${name}: put in a txn`, kv.txn({ success: [PUT] }));
    await this.#note(`${name}: put on the other branch`, kv.txn({ success: [REMOVE], failure: [PUT] }));
    await this.#note(`${name}: range in a txn`, kv.txn({ success: [RANGE] }), ({ succeeded }) => succeeded);
    await this.#note(`${name}: range`, kv.range({ key: 'a' }), ({ kvs }) => kvs.length);
    await this.#note(`${name}: grant`, lease.grant({ id: id + 10n, ttl: 60 }));
    await this.#note(`${name}: time to live`, lease.timeToLive({ id }), ({ grantedTtl }) => grantedTtl);
    await this.#note(`${name}: removal in a txn`, kv.txn({ success: [REMOVE] }), (a) => a.responses.length);
    await this.#note(`${name}: removal`, kv.deleteRange({ key: 'a' }), ({ deleted }) => deleted);
    await this.#note(`${name}: compaction`, kv.compact({ revision: 2 }));
    await this.#note(`${name}: revocation`, lease.revoke({ id }));
    await this.#alarm(`${name}: end`, DEACTIVATE, 3n, alarm);
    await this.#note(`${name}: put afterwards`, kv.put({ key: 'a', value: '2' }), (a) => a.header!.revision);
  }

  async #maintain(): Promise<void> {
    const { maintenance, kv } = this.#client;
    await this.#note('defragment', maintenance.defragment({}), ({ header }) => header ?? 'no header');
    await this.#note('range after it', kv.range({ key: 'a' }), ({ kvs, header }) => [
      kvs.length,
      header!.revision,
    ]);
    await this.#note('hash', maintenance.hash({}), ({ header, hash }) => [header!.revision, hash > 0]);
    for (const version of ['', 'x', '3', '3.1.2.3', '9.9', '4.0.0', '3.x']) {
      await this.#note(`validate ${version}`, maintenance.downgrade({ action: 0, version }));
    }
    await this.#note('unknown downgrade', maintenance.downgrade({ action: 9, version: '3.4.0' }));
    await this.#note('enable 9.9', maintenance.downgrade({ action: 1, version: '9.9.0' }));
  }
}
