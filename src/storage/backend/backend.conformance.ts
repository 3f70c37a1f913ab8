/** What every implementation of the backend port must do; each runs this suite from its own test file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackendReader, type ReplaceableBackend, TABLES, type Table } from '../../mvcc/index.js';
import { compareBytes, concatBytes, encodeUtf8, Prng, toHex } from '../../stdx/index.js';

export interface BackendUnderTest {
  readonly backend: ReplaceableBackend;
  /** Closes the backend and opens it again. */
  reopen(): Promise<ReplaceableBackend>;
  dispose(): Promise<void>;
}

const bytes = (text: string): Uint8Array => encodeUtf8(text);
const EMPTY = new Uint8Array(0);

function dump(reader: BackendReader, table: Table, from = EMPTY, to?: Uint8Array): string[] {
  const out: string[] = [];
  reader.scan(table, from, to, (key, value) => {
    out.push(`${toHex(key)}=${toHex(value)}`);
    return true;
  });
  return out;
}

const pair = (key: Uint8Array, value: Uint8Array): string => `${toHex(key)}=${toHex(value)}`;

export function backendConformance(name: string, make: () => Promise<BackendUnderTest>): void {
  const check = (title: string, body: (under: BackendUnderTest) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const under = await make();
      try {
        await body(under);
      } finally {
        await under.dispose();
      }
    });
  };

  check('reads see committed transactions only, and survive reopening', async ({ backend, reopen }) => {
    const done = backend.commit((tx) => {
      tx.put('key', bytes('a'), bytes('1'));
      tx.put('meta', bytes('a'), bytes('2'));
    });
    assert.equal(backend.get('key', bytes('a')), undefined);
    await done;
    assert.deepEqual([...backend.get('key', bytes('a'))!], [...bytes('1')]);
    assert.deepEqual([...backend.get('meta', bytes('a'))!], [...bytes('2')]);
    assert.equal(backend.get('lease', bytes('a')), undefined);
    const again = await reopen();
    assert.deepEqual([...again.get('meta', bytes('a'))!], [...bytes('2')]);
  });

  check('returned bytes are a plain Uint8Array of the right length', async ({ backend }) => {
    await backend.commit((tx) => {
      tx.put('key', bytes('k'), bytes('value'));
      tx.put('key', bytes('empty'), EMPTY);
    });
    const value = backend.get('key', bytes('k'))!;
    assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype);
    assert.equal(value.length, 5);
    assert.equal(backend.get('key', bytes('empty'))!.length, 0);
    backend.scan('key', EMPTY, undefined, (key, each) => {
      assert.equal(Object.getPrototypeOf(key), Uint8Array.prototype);
      assert.equal(Object.getPrototypeOf(each), Uint8Array.prototype);
      return true;
    });
  });

  check('later operations win, across tables and transactions in call order', async ({ backend }) => {
    const first = backend.commit((tx) => {
      tx.put('key', bytes('x'), bytes('1'));
      tx.put('key', bytes('x'), bytes('2'));
      tx.put('key', bytes('y'), bytes('1'));
      tx.delete('key', bytes('y'));
      tx.delete('key', bytes('absent'));
    });
    const second = backend.commit((tx) => {
      tx.delete('key', bytes('x'));
      tx.put('key', bytes('y'), bytes('3'));
    });
    const order: number[] = [];
    await Promise.all([first.then(() => order.push(1)), second.then(() => order.push(2))]);
    assert.deepEqual(order, [1, 2]);
    assert.deepEqual(dump(backend, 'key'), [pair(bytes('y'), bytes('3'))]);
  });

  check('a transaction whose filling fails leaves nothing behind', async ({ backend }) => {
    assert.throws(
      () =>
        backend.commit((tx) => {
          tx.put('key', bytes('half'), bytes('1'));
          throw new Error('filling failed');
        }),
      /filling failed/,
    );
    await backend.commit((tx) => tx.put('key', bytes('whole'), bytes('1')));
    assert.deepEqual(dump(backend, 'key'), [pair(bytes('whole'), bytes('1'))]);
  });

  check('an empty transaction resolves after those before it', async ({ backend }) => {
    let committed = false;
    void backend
      .commit((tx) => tx.put('key', bytes('a'), bytes('1')))
      .then(() => {
        committed = true;
      });
    await backend.commit(() => undefined);
    assert.equal(committed, true);
  });

  check('empty keys are refused', async ({ backend }) => {
    assert.throws(() => backend.commit((tx) => tx.put('key', EMPTY, bytes('1'))), /key/);
    await backend.commit((tx) => tx.put('key', bytes('a'), bytes('1')));
    assert.equal(backend.get('key', bytes('a'))!.length, 1);
  });

  check('scans are ordered, bounded and can stop', async ({ backend }) => {
    const keys = [[0], [0, 0], [0, 1], [1], [127], [128], [128, 255], [255], [255, 255, 255]].map((key) =>
      Uint8Array.from(key),
    );
    await backend.commit((tx) => {
      for (const key of [...keys].reverse()) tx.put('auth', key, key);
    });
    assert.deepEqual(
      dump(backend, 'auth'),
      keys.map((key) => pair(key, key)),
    );
    assert.deepEqual(dump(backend, 'auth', Uint8Array.of(0, 1), Uint8Array.of(128, 255)), [
      ...keys.slice(2, 6).map((key) => pair(key, key)),
    ]);
    assert.deepEqual(dump(backend, 'auth', Uint8Array.of(2), Uint8Array.of(2)), []);
    assert.deepEqual(dump(backend, 'auth', Uint8Array.of(9), Uint8Array.of(3)), []);
    let visits = 0;
    backend.scan('auth', EMPTY, undefined, () => ++visits < 3);
    assert.equal(visits, 3);
    assert.throws(() => backend.scan('auth', EMPTY, undefined, () => assert.fail('stop')), /stop/);
    assert.deepEqual(dump(backend, 'auth').length, keys.length);
  });

  check('large and many values come back byte for byte', async ({ backend, reopen }) => {
    const prng = new Prng(7);
    const values = [1, 4095, 4096, 70_000, 1_600_000, 20_000_000].map((length) => {
      const value = new Uint8Array(length);
      for (let i = 0; i < length; i += 97) value[i] = prng.uint32() >>> 24;
      return value;
    });
    await backend.commit((tx) => {
      for (const [i, value] of values.entries()) tx.put('key', Uint8Array.of(1, i), value);
      for (let i = 0; i < 3000; i++)
        tx.put('lease', Uint8Array.of(i >> 8, i & 255), Uint8Array.of(i & 255, i >> 8));
    });
    const again = await reopen();
    for (const [i, value] of values.entries()) {
      assert.equal(compareBytes(again.get('key', Uint8Array.of(1, i))!, value), 0);
    }
    let seen = 0;
    again.scan('key', EMPTY, undefined, (key, value) => {
      assert.equal(compareBytes(value, values[key[1]!]!), 0);
      return ++seen > 0;
    });
    assert.equal(seen, values.length);
    assert.equal(dump(again, 'lease').length, 3000);
  });

  check('a value may be a part of a larger buffer', async ({ backend }) => {
    const slab = new Uint8Array(1000).map((_, i) => i & 255);
    await backend.commit((tx) => {
      for (let i = 0; i < 100; i++) tx.put('key', slab.subarray(i, i + 3), slab.subarray(i * 5, i * 5 + 7));
    });
    for (let i = 0; i < 100; i++) {
      assert.deepEqual([...backend.get('key', slab.slice(i, i + 3))!], [...slab.slice(i * 5, i * 5 + 7)]);
    }
  });

  check('a snapshot stays what it was', async ({ backend }) => {
    await backend.commit((tx) => {
      for (let i = 0; i < 50; i++) tx.put('key', Uint8Array.of(i), Uint8Array.of(1));
    });
    const snapshot = backend.snapshot();
    const before = dump(snapshot, 'key');
    assert.equal(before.length, 50);
    for (let round = 2; round < 30; round++) {
      await backend.commit((tx) => {
        for (let i = 0; i < 60; i += 2) tx.put('key', Uint8Array.of(i), new Uint8Array(300).fill(round));
        tx.delete('key', Uint8Array.of(round));
      });
    }
    assert.deepEqual(dump(snapshot, 'key'), before);
    assert.deepEqual([...snapshot.get('key', Uint8Array.of(4))!], [1]);
    const newer = backend.snapshot();
    assert.notDeepEqual(dump(newer, 'key'), before);
    snapshot.close();
    newer.close();
    newer.close();
    assert.throws(() => snapshot.get('key', Uint8Array.of(4)), /closed/);
  });

  check('a snapshot sees what was committed before it in the same turn', async ({ backend }) => {
    for (let i = 0; i < 20; i++) {
      backend.get('key', bytes('n'));
      await backend.commit((tx) => tx.put('key', bytes('n'), Uint8Array.of(i)));
      const snapshot = backend.snapshot();
      assert.deepEqual([...snapshot.get('key', bytes('n'))!], [i]);
      assert.deepEqual([...backend.get('key', bytes('n'))!], [i]);
      snapshot.close();
    }
  });

  check('many snapshots at once', async ({ backend }) => {
    const snapshots = [];
    for (let i = 0; i < 200; i++) {
      await backend.commit((tx) => tx.put('meta', bytes('i'), Uint8Array.of(i)));
      snapshots.push(backend.snapshot());
    }
    for (const [i, snapshot] of snapshots.entries())
      assert.deepEqual([...snapshot.get('meta', bytes('i'))!], [i]);
    for (const snapshot of snapshots) snapshot.close();
  });

  check('sizes follow the content', async ({ backend }) => {
    const empty = backend.size();
    await backend.commit((tx) => {
      for (let i = 0; i < 1000; i++) tx.put('key', Uint8Array.of(i >> 8, i & 255), new Uint8Array(1000));
    });
    const full = backend.size();
    assert.ok(full.inUseBytes > empty.inUseBytes + 1_000_000);
    assert.ok(full.inUseBytes < empty.inUseBytes + 2_500_000);
    assert.ok(full.allocatedBytes >= full.inUseBytes);
    await backend.commit((tx) => {
      for (let i = 0; i < 1000; i++) tx.delete('key', Uint8Array.of(i >> 8, i & 255));
    });
    const cleared = backend.size();
    assert.ok(cleared.inUseBytes < 200_000 + empty.inUseBytes);
    assert.ok(cleared.allocatedBytes >= full.inUseBytes);
  });

  check('a staged state is not seen until it is promoted, and then at once', async ({ backend, reopen }) => {
    await backend.commit((tx) => {
      tx.put('key', bytes('old'), bytes('1'));
      tx.put('meta', bytes('both'), bytes('1'));
    });
    const staged = await backend.stage();
    await staged.commit((tx) => tx.put('key', bytes('new'), bytes('2')));
    await staged.commit((tx) => tx.put('meta', bytes('both'), bytes('2')));
    assert.deepEqual(dump(backend, 'key'), [pair(bytes('old'), bytes('1'))]);
    assert.deepEqual(dump(staged, 'key'), [pair(bytes('new'), bytes('2'))]);
    assert.deepEqual([...staged.get('meta', bytes('both'))!], [...bytes('2')]);
    staged.promote();
    assert.deepEqual(dump(backend, 'key'), [pair(bytes('new'), bytes('2'))]);
    assert.deepEqual([...backend.get('meta', bytes('both'))!], [...bytes('2')]);
    await backend.commit((tx) => tx.put('key', bytes('newer'), bytes('3')));
    const again = await reopen();
    assert.deepEqual(dump(again, 'key'), [pair(bytes('new'), bytes('2')), pair(bytes('newer'), bytes('3'))]);
    assert.equal(await again.leftover(), undefined);
  });

  check(
    'what is under way when a staged state is promoted ends well and is forgotten',
    async ({ backend }) => {
      await backend.commit((tx) => tx.put('key', bytes('old'), bytes('1')));
      const before = backend.snapshot();
      for (let round = 0; round < 4; round++) {
        const staged = await backend.stage();
        await staged.commit((tx) => tx.put('key', bytes('round'), Uint8Array.of(round)));
        const outstanding = [0, 1].map((i) =>
          backend.commit((tx) => tx.put('key', Uint8Array.of(1, i), new Uint8Array(500_000))),
        );
        staged.promote();
        const expected = [pair(bytes('round'), Uint8Array.of(round))];
        assert.deepEqual(dump(backend, 'key'), expected);
        await Promise.all(outstanding);
        assert.deepEqual(dump(backend, 'key'), expected);
        assert.deepEqual(dump(before, 'key'), [pair(bytes('old'), bytes('1'))]);
      }
      before.close();
      const after = backend.snapshot();
      assert.deepEqual(dump(after, 'key'), [pair(bytes('round'), Uint8Array.of(3))]);
      after.close();
      assert.ok(backend.size().allocatedBytes < 500_000);
    },
  );

  check('what is staged can be dropped, and another one begun', async ({ backend, reopen }) => {
    await backend.commit((tx) => tx.put('key', bytes('a'), bytes('1')));
    const first = await backend.stage();
    await first.commit((tx) => tx.put('key', bytes('b'), bytes('1')));
    await first.discard();
    const second = await backend.stage();
    assert.deepEqual(dump(second, 'key'), []);
    await second.commit((tx) => tx.put('key', bytes('c'), bytes('1')));
    const again = await reopen();
    assert.deepEqual(dump(again, 'key'), [pair(bytes('a'), bytes('1'))]);
    const leftover = await again.leftover();
    assert.deepEqual(dump(leftover!, 'key'), [pair(bytes('c'), bytes('1'))]);
    await leftover!.discard();
    const clean = await reopen();
    assert.equal(await clean.leftover(), undefined);
  });

  check('a leftover can be promoted', async ({ backend, reopen }) => {
    const staged = await backend.stage();
    await staged.commit((tx) => tx.put('lease', bytes('c'), bytes('1')));
    const again = await reopen();
    const leftover = await again.leftover();
    leftover!.promote();
    assert.deepEqual(dump(again, 'lease'), [pair(bytes('c'), bytes('1'))]);
    assert.deepEqual(dump(await reopen(), 'lease'), [pair(bytes('c'), bytes('1'))]);
  });

  check('random operations agree with a plain map', async (under) => {
    const prng = new Prng(20260);
    const model = new Map<string, string>();
    let backend = under.backend;
    for (let round = 0; round < 60; round++) {
      const commits: Promise<void>[] = [];
      for (let c = prng.between(1, 3); c > 0; c--) {
        commits.push(backend.commit((tx) => randomTransaction(prng, tx, model)));
      }
      await Promise.all(commits);
      if (prng.chance(0.1)) backend = await under.reopen();
      for (const table of TABLES) {
        const expected = [...model].filter(([id]) => id.startsWith(`${table}/`));
        const lines = expected.map(([id, value]) => `${id.slice(table.length + 1)}=${value}`).sort();
        assert.deepEqual(dump(backend, table), lines, `round ${round}, table ${table}`);
      }
    }
  });
}

function randomTransaction(
  prng: Prng,
  tx: { put(t: Table, k: Uint8Array, v: Uint8Array): void; delete(t: Table, k: Uint8Array): void },
  model: Map<string, string>,
): void {
  for (let i = prng.between(0, 40); i > 0; i--) {
    const table = prng.pick(TABLES);
    // A fixed key length makes hexadecimal order the byte order.
    const key = concatBytes([
      Uint8Array.of(prng.below(8)),
      prng.bytes(1).map((b) => b & 7),
      Uint8Array.of(0),
    ]);
    if (prng.chance(0.3)) {
      tx.delete(table, key);
      model.delete(`${table}/${toHex(key)}`);
    } else {
      const value = prng.bytes(prng.between(0, 300));
      tx.put(table, key, value);
      model.set(`${table}/${toHex(key)}`, toHex(value));
    }
  }
}
