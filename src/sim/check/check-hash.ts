/** etcd's HashKV from the model's history: CRC-32C over the table's name and then key and value of each record. */
import { crc32c, decodeLatin1 } from '../../stdx/index.js';
import { KeyValue } from '../../wire/index.js';
import { demand } from '../violation.js';
import type { HashSample } from './record.js';
import type { Truth } from './truth.js';

const TABLE_NAME = new Uint8Array([0x6b, 0x65, 0x79]);
const KEY_TAG = 0x0a;

function revisionKey(main: number, sub: number, isDelete: boolean): Uint8Array {
  const key = new Uint8Array(isDelete ? 18 : 17);
  const view = new DataView(key.buffer);
  view.setBigUint64(0, BigInt(main));
  view.setUint8(8, '_'.charCodeAt(0));
  view.setBigUint64(9, BigInt(sub));
  if (isDelete) view.setUint8(17, 't'.charCodeAt(0));
  return key;
}

/** A tombstone's record is its key field alone. */
function tombstone(key: Uint8Array): Uint8Array {
  const whole = KeyValue.toBytes(KeyValue.create({ key }));
  return whole[0] === KEY_TAG ? whole : new Uint8Array(0);
}

/** Records up to the compaction count only while they are what a live key shows at the hashed revision. */
export function checkHash(truth: Truth, sample: HashSample): void {
  const state = truth.states[sample.revision];
  demand(state !== undefined, () => `a start found revision ${sample.revision}, which nobody made`);
  // Then what counts depends on how far the removal has come.
  if (state.size === 0 && sample.compactRevision >= 0) return;
  let hash = crc32c(TABLE_NAME);
  for (let main = 2; main <= sample.revision; main++) {
    truth.events[main]!.forEach(({ isDelete, kv }, sub) => {
      const isLive = !isDelete && state.get(decodeLatin1(kv.key))?.modRevision === main;
      if (main <= sample.compactRevision && !isLive) return;
      hash = crc32c(revisionKey(main, sub, isDelete), hash);
      hash = crc32c(isDelete ? tombstone(kv.key) : KeyValue.toBytes(kv), hash);
    });
  }
  demand(
    hash === sample.hash,
    () => `after a start the store's hash at revision ${sample.revision} was ${sample.hash}, not ${hash}`,
  );
}
