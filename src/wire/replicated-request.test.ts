import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteWriter, EMPTY_BYTES, encodeUtf8, MalformedError, Prng } from '../stdx/index.js';
import {
  encodeReplicatedRequest,
  ReplicatedRequestView,
  writeReplicatedRequest,
} from './replicated-request.js';
import { RequestKind } from './request-kind.js';

const SEED = Number(process.env['QUOIN_SEED'] ?? 7);

describe('replicated request', () => {
  test('the numbers of the kinds are fixed: they are in logs on disk', () => {
    assert.deepEqual(RequestKind, {
      PUT: 1,
      DELETE_RANGE: 2,
      TXN: 3,
      COMPACTION: 4,
      LEASE_GRANT: 16,
      LEASE_REVOKE: 17,
      LEASE_CHECKPOINT: 18,
      LEASE_EXPIRE: 19,
      ALARM: 32,
      MEMBER_ATTRIBUTES: 33,
      CLUSTER_VERSION: 34,
      DOWNGRADE_TARGET: 35,
      STATE_HASH: 36,
      AUTH_ENABLE: 64,
      AUTH_DISABLE: 65,
      AUTHENTICATE: 66,
      AUTH_USER_ADD: 67,
      AUTH_USER_DELETE: 68,
      AUTH_USER_CHANGE_PASSWORD: 69,
      AUTH_USER_GRANT_ROLE: 70,
      AUTH_USER_REVOKE_ROLE: 71,
      AUTH_ROLE_ADD: 72,
      AUTH_ROLE_DELETE: 73,
      AUTH_ROLE_GRANT_PERMISSION: 74,
      AUTH_ROLE_REVOKE_PERMISSION: 75,
    });
  });

  test('the layout is fixed, too', () => {
    const request = Uint8Array.of(9, 0x0a, 1, 0x61, 9);
    assert.deepEqual(
      encodeReplicatedRequest(RequestKind.PUT, 300, undefined, request, 1, 4),
      Uint8Array.of(1, 0xac, 2, 0x0a, 1, 0x61),
    );
    const credentials = { username: encodeUtf8('eve'), authRevision: 5 };
    assert.deepEqual(
      encodeReplicatedRequest(RequestKind.TXN, 1, credentials, request, 1, 4),
      Uint8Array.of(0x83, 1, 3, 0x65, 0x76, 0x65, 5, 0x0a, 1, 0x61),
    );
  });

  test('both encoders agree, and the view gives back what went in', () => {
    const prng = new Prng(SEED);
    const view = new ReplicatedRequestView();
    const out = new ByteWriter(1);
    const ids = [0, 127, 128, 2 ** 31, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER];
    for (let round = 0; round < 5000; round++) {
      const kind = prng.pick(Object.values(RequestKind));
      const requestId = prng.pick(ids);
      const username = prng.pick(['', 'root', 'ünïcode', 'x'.repeat(200)]);
      const authRevision = prng.below(2 ** 32);
      const credentials = prng.chance(0.5) ? { username: encodeUtf8(username), authRevision } : undefined;
      const request = prng.bytes(prng.pick([0, 1, 20, 300]));

      const encoded = encodeReplicatedRequest(kind, requestId, credentials, request, 0, request.length);
      out.reset();
      writeReplicatedRequest(out, kind, requestId, credentials, request, 0, request.length);
      assert.deepEqual(out.view(), encoded, `seed ${SEED}, round ${round}`);

      const before = prng.below(5);
      const buf = Uint8Array.from([...prng.bytes(before), ...encoded, 1, 2, 3]);
      view.decode(buf, before, before + encoded.length);
      assert.deepEqual(
        {
          kind: view.kind,
          requestId: view.requestId,
          username: view.username(),
          authRevision: view.authRevision,
          hasCredentials: view.hasCredentials,
          request: view.buf.subarray(view.requestStart, view.requestEnd),
        },
        {
          kind,
          requestId,
          username: credentials === undefined ? '' : username,
          authRevision: credentials === undefined ? 0 : authRevision,
          hasCredentials: credentials !== undefined,
          request,
        },
        `seed ${SEED}, round ${round}`,
      );
    }
  });

  test('what cannot have been written is refused', () => {
    const view = new ReplicatedRequestView();
    for (const bytes of [[], [0, 1], [99, 1], [1], [1, 0x80], [0x81, 1], [0x81, 1, 5, 1], [0x81, 1, 1, 1]]) {
      assert.throws(() => view.decode(Uint8Array.from(bytes)), MalformedError);
    }
  });

  test('a request id must be a safe integer', () => {
    for (const id of [-1, 2 ** 53]) {
      assert.throws(
        () => encodeReplicatedRequest(RequestKind.PUT, id, undefined, EMPTY_BYTES, 0, 0),
        /request id/,
      );
    }
  });
});
