/** The workloads of unary calls: what each request of `range`, `put` and `txn-put` asks for. */
import { encodeUtf8, Prng } from '../stdx/index.js';
import type { UnaryWorkload } from './closed-loop.js';
import { KeySequence } from './key-sequence.js';
import type { Options } from './options.js';
import {
  encodeRange,
  keySizeProblem,
  PUT_PATH,
  putTemplate,
  RANGE_PATH,
  TXN_PATH,
  txnPutTemplate,
} from './requests.js';

/** Equal runs write equal keys and values in equal order. */
const SEED = 1;

export function rangeWorkload(options: Options): UnaryWorkload {
  const start = encodeUtf8(options.operands[0]!);
  const byPrefix = options.enabled('prefix');
  const request = encodeRange({
    // An empty prefix is every key: the range from the smallest key on.
    key: byPrefix && start.length === 0 ? Uint8Array.of(0) : start,
    rangeEnd: byPrefix ? prefixEnd(start) : encodeUtf8(options.operands[1] ?? ''),
    serializable: options.text('consistency') === 's',
    limit: options.count('limit'),
    keysOnly: options.enabled('keys-only'),
    countOnly: options.enabled('count-only'),
  });
  return { path: RANGE_PATH, nextRequest: () => request };
}

/**
 * The end of the range of all keys that begin with `prefix`: its last byte that can be raised is raised by one; the
 * single byte 0, which is "to the end", if none can.
 */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return Uint8Array.of(0);
  const end = prefix.slice(0, length);
  end[length - 1]!++;
  return end;
}

export function putWorkload(options: Options): UnaryWorkload {
  const random = new Prng(SEED);
  const { keySize, space } = keyOptions(options);
  const template = putTemplate(keySize, random.bytes(options.count('val-size')));
  const keys = new KeySequence(space, options.enabled('sequential-keys'), random);
  return {
    path: PUT_PATH,
    nextRequest() {
      template.setKey(0, keys.next());
      return template.bytes;
    },
  };
}

/** Transactions of `txn-ops` puts, each of another key: consecutive ones from a random first. */
export function txnPutWorkload(options: Options): UnaryWorkload {
  const random = new Prng(SEED);
  const ops = options.count('txn-ops');
  const { keySize, space } = keyOptions(options);
  const template = txnPutTemplate(ops, keySize, random.bytes(options.count('val-size')));
  return {
    path: TXN_PATH,
    nextRequest() {
      const first = random.below(space);
      for (let i = 0; i < ops; i++) template.setKey(i, (first + i) % space);
      return template.bytes;
    },
  };
}

function keyOptions(options: Options): { readonly keySize: number; readonly space: number } {
  const keySize = options.count('key-size');
  const space = options.count('key-space-size');
  const problem = keySizeProblem(keySize, space);
  if (problem !== undefined) throw new Error(problem);
  return { keySize, space };
}
