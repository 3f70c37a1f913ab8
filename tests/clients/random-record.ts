/** Random messages of any type, driven by the tables, and their damaged bytes. */
import type { Prng } from '../../src/stdx/index.js';
import { Kind, type MessageCodec, type MessageField, type MessageType } from '../../src/wire/index.js';

type Rec = Record<string, unknown>;

function randomNumber(prng: Prng, signed: boolean): number {
  const value = prng.pick([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER]);
  return signed && value !== 0 && prng.chance(0.3) ? -value : value;
}

function randomId(prng: Prng): bigint {
  return prng.chance(0.3) ? 0n : (BigInt(prng.uint32()) << 32n) | BigInt(prng.uint32());
}

function randomValue(prng: Prng, field: MessageField, depth: number): unknown {
  switch (field.kind) {
    case Kind.BOOL:
      return prng.chance(0.5);
    case Kind.INT64:
      return randomNumber(prng, true);
    case Kind.UINT64:
      return randomNumber(prng, false);
    case Kind.INT64_ID:
      return BigInt.asIntN(64, randomId(prng));
    case Kind.UINT64_ID:
      return randomId(prng);
    case Kind.UINT32:
      return prng.uint32();
    case Kind.ENUM:
      return prng.pick(Object.values(field.enumType!.values));
    case Kind.BYTES:
      return prng.bytes(prng.pick([0, 1, 5, 127, 128, 300]));
    case Kind.STRING:
      return prng.pick(['', 'a', 'http://127.0.0.1:2379', 'ключ', '𝔘nicode', 'x'.repeat(200)]);
    default:
      return randomRecord(prng, field.message!(), depth + 1);
  }
}

/** A record with random content in most of its fields; messages nest a few levels below `depth` 0. */
export function randomRecord(prng: Prng, codec: MessageCodec, depth: number): Rec {
  const record = codec.blank();
  const oneofs = new Map<string, string>();
  for (const field of (codec as MessageType<unknown>).fields) {
    if (field.kind === Kind.MESSAGE && depth > 3) continue;
    if (field.oneof !== undefined && prng.chance(0.4)) {
      const before = oneofs.get(field.oneof);
      if (before !== undefined) record[before] = undefined;
      oneofs.set(field.oneof, field.property);
      record[field.property] = randomValue(prng, field, depth);
    } else if (field.repeated) {
      record[field.property] = Array.from({ length: prng.below(4) }, () => randomValue(prng, field, depth));
    } else if (field.oneof === undefined && prng.chance(0.7)) {
      record[field.property] = randomValue(prng, field, depth);
    }
  }
  return record;
}

/** The bytes as a hostile or broken client would send them: noise, cut, changed in places, or with some put in. */
export function damage(prng: Prng, body: Uint8Array): Uint8Array {
  const at = prng.below(body.length + 1);
  switch (prng.below(4)) {
    case 0:
      return prng.bytes(prng.below(40));
    case 1:
      return body.subarray(0, at);
    case 2: {
      const changed = Uint8Array.from(body);
      for (let n = prng.below(3); n >= 0 && body.length > 0; n--)
        changed[prng.below(body.length)] = prng.below(256);
      return changed;
    }
    default: {
      const longer = new Uint8Array(body.length + 4);
      longer.set(body.subarray(0, at));
      longer.set(prng.bytes(4), at);
      longer.set(body.subarray(at), at + 4);
      return longer;
    }
  }
}
