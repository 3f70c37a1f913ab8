import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, EMPTY_BYTES, MalformedError, toHex } from '../../stdx/index.js';
import type { ConfChange } from '../conf-change.js';
import { EntryKind } from '../entry.js';
import { decodeConfChange, encodeConfChange } from './codec.js';

const CHANGES: readonly ConfChange[] = [
  { transition: 'auto', changes: [], context: EMPTY_BYTES },
  { transition: 'auto', changes: [{ type: 'add-voter', nodeId: 0n }], context: EMPTY_BYTES },
  {
    transition: 'explicit',
    changes: [
      { type: 'remove', nodeId: 0xffff_ffff_ffff_ffffn },
      { type: 'add-learner', nodeId: 0x8e9e_05c5_2164_694dn },
      { type: 'update', nodeId: 1n },
    ],
    context: Uint8Array.of(1, 2, 3),
  },
  { transition: 'implicit', changes: [{ type: 'add-voter', nodeId: 7n }], context: EMPTY_BYTES },
];

test('V2 changes survive the round trip, and the one that says nothing is empty', () => {
  for (const change of CHANGES) {
    assert.deepEqual(decodeConfChange(EntryKind.CONF_CHANGE_V2, encodeConfChange(change, false)), change);
  }
  assert.equal(encodeConfChange(CHANGES[0]!, false).length, 0);
});

test('V1 changes have raftpb’s bytes', () => {
  const change: ConfChange = {
    transition: 'auto',
    changes: [{ type: 'add-learner', nodeId: 2n }],
    context: Uint8Array.of(0x61),
  };
  const bytes = encodeConfChange(change, true);
  assert.equal(toHex(bytes), '10031802220161');
  assert.deepEqual(decodeConfChange(EntryKind.CONF_CHANGE, bytes), change);
  assert.throws(() => encodeConfChange(CHANGES[2]!, true), AssertionError);
});

test('what cannot be a change is malformed', () => {
  assert.throws(() => decodeConfChange(EntryKind.CONF_CHANGE, Uint8Array.of(0x10, 9)), MalformedError);
  assert.throws(() => decodeConfChange(EntryKind.CONF_CHANGE_V2, Uint8Array.of(0x08, 9)), MalformedError);
  assert.throws(() => decodeConfChange(EntryKind.CONF_CHANGE_V2, Uint8Array.of(0x12, 5)), MalformedError);
});
