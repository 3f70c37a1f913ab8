/** The header of every answer: the two ids never change while a member runs, so their bytes are made once. */
import { ByteWriter } from '../../stdx/index.js';

/** Tag, length, two ids, and two numbers with their tags: what one header takes at most. */
const HEADER_BYTES_MAX = 2 + 4 * 11;

const TAG_HEADER = 0x0a;
const TAG_REVISION = 0x18;
const TAG_RAFT_TERM = 0x20;

export class HeaderEncoder {
  readonly #ids: Uint8Array;

  constructor(clusterId: bigint, memberId: bigint) {
    const ids = new ByteWriter(32);
    ids.int64Field(1, clusterId);
    ids.int64Field(2, memberId);
    this.#ids = ids.finish();
  }

  /** Appends field 1 of an answer: tag, length and ResponseHeader. A revision of 0 is left out. */
  write(out: ByteWriter, revision: number, raftTerm: number): void {
    out.reserve(HEADER_BYTES_MAX);
    const buf = out.buf;
    const ids = this.#ids;
    const start = out.len;
    let at = start;
    buf[at++] = TAG_HEADER;
    at++;
    for (let i = 0; i < ids.length; i++) buf[at++] = ids[i]!;
    out.len = at;
    if (revision !== 0) {
      buf[out.len++] = TAG_REVISION;
      out.varint(revision);
    }
    if (raftTerm !== 0) {
      buf[out.len++] = TAG_RAFT_TERM;
      out.varint(raftTerm);
    }
    buf[start + 1] = out.len - start - 2;
  }
}
