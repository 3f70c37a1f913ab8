/** Headers of answers. */
import type { ByteWriter } from '../stdx/index.js';
import { beginLength, endLength } from '../wire/index.js';

/** Writes field 1 of an answer: who answers, at which revision and term. Its owner knows this member's ids. */
export interface HeaderWriter {
  write(out: ByteWriter, revision: number, raftTerm: number): void;
}

/** Field 1 of an answer inside a transaction: the revision alone. */
export function writeInnerHeader(out: ByteWriter, revision: number): void {
  out.byte(0x0a);
  const start = beginLength(out);
  out.intField(3, revision);
  endLength(out, start);
}
