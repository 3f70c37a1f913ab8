/**
 * One value of the configuration file. The types are those of etcd's structure, and so is the text for a wrong one, to
 * which its place is added: durations are whole nanoseconds, a retention is text. Lists may be written as YAML's or, as
 * on the command line, with commas.
 */
import { isAlias, isMap, isScalar, isSeq, type ParsedNode, Scalar } from 'yaml';
import type { FlagKind, FlagSpec, FlagValue } from '../flags/go-flags.js';

const NANOSECONDS_PER_MS = 1e6;

const GO_TYPES: Readonly<Record<FlagKind, string>> = {
  string: 'string',
  bool: 'bool',
  int: 'int',
  uint: 'uint',
  duration: 'time.Duration',
  list: 'string',
};

/** Wider than `int` and `uint` in etcd's structure. */
const WIDE_TYPES: ReadonlyMap<string, string> = new Map([
  ['quota-backend-bytes', 'int64'],
  ['snapshot-count', 'uint64'],
  ['snapshot-catchup-entries', 'uint64'],
  ['max-concurrent-streams', 'uint32'],
]);

/** Words that are booleans to YAML 1.1, which etcd reads, and text to YAML 1.2. Quoted they are text to both. */
const OLD_BOOLEANS: ReadonlyMap<string, boolean> = new Map(
  ['yes', 'on', 'no', 'off'].flatMap((word, i) =>
    [word, word[0]!.toUpperCase() + word.slice(1), word.toUpperCase()].map((each): [string, boolean] => [
      each,
      i < 2,
    ]),
  ),
);

/** A value as JSON has it, which is what etcd makes of the file first. */
export type JsonValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'array'; readonly items: readonly ParsedNode[] }
  | { readonly kind: 'object' }
  | { readonly kind: 'null' };

export function jsonOf(node: ParsedNode | null | undefined): JsonValue {
  if (node === null || node === undefined || isAlias(node)) return { kind: 'null' };
  if (isMap(node)) return { kind: 'object' };
  if (isSeq(node)) return { kind: 'array', items: node.items as ParsedNode[] };
  if (!isScalar(node)) return { kind: 'null' };
  const { value, type } = node;
  if (typeof value === 'string') {
    const old = type === Scalar.PLAIN ? OLD_BOOLEANS.get(value) : undefined;
    return old === undefined ? { kind: 'string', value } : { kind: 'bool', value: old };
  }
  if (typeof value === 'number') return { kind: 'number', value };
  if (typeof value === 'bigint') return { kind: 'number', value: Number(value) };
  return typeof value === 'boolean' ? { kind: 'bool', value } : { kind: 'null' };
}

/** Says what is wrong with the value at a node; never returns. */
export type Mistyped = (node: ParsedNode, found: string, wanted: string) => never;

/** The flag's value; undefined for null, which leaves the default. */
export function fileValue(
  spec: FlagSpec,
  node: ParsedNode | null,
  mistyped: Mistyped,
): FlagValue | undefined {
  const json = jsonOf(node);
  if (json.kind === 'null') return undefined;
  const wanted = WIDE_TYPES.get(spec.name) ?? GO_TYPES[spec.kind];
  const at = node!;
  switch (spec.kind) {
    case 'string':
      return json.kind === 'string' ? json.value : mistyped(at, json.kind, wanted);
    case 'bool':
      return json.kind === 'bool' ? json.value : mistyped(at, json.kind, wanted);
    case 'list':
      if (json.kind === 'array') return json.items.map((item) => textOf(item, mistyped));
      if (json.kind !== 'string') return mistyped(at, json.kind, wanted);
      return json.value === '' ? [] : json.value.split(',').map((item) => item.trim());
    default: {
      if (json.kind !== 'number') return mistyped(at, json.kind, wanted);
      const isWhole = Number.isSafeInteger(json.value);
      if (!isWhole || (spec.kind === 'uint' && json.value < 0)) {
        return mistyped(at, `number ${json.value}`, wanted);
      }
      return spec.kind === 'duration' ? json.value / NANOSECONDS_PER_MS : json.value;
    }
  }
}

function textOf(item: ParsedNode, mistyped: Mistyped): string {
  const json = jsonOf(item);
  return json.kind === 'string' ? json.value.trim() : mistyped(item, json.kind, 'string');
}
