import { assert, varintLength } from '../stdx/index.js';
import { KeyValueFields, leaseOf } from './key-value.js';
import type { KeyValueCursor } from './key-value-cursor.js';
import type { StoreState } from './state.js';

/** The one cursor of a store. Of a key's newest KeyValue the numbers come from the index, the bytes when asked for. */
export class StoredKeyValue implements KeyValueCursor {
  readonly #state: StoreState;
  readonly #fields = new KeyValueFields();
  createRevision = 0;
  modRevision = 0;
  version = 0;
  #leaseLow = 0;
  #leaseHigh = 0;
  #slab = 0;
  #kvOffset = 0;
  #kvLength = 0;
  #sub = 0;
  #keyLength = 0;
  #isFetched = false;
  #isValueFound = false;
  #buf: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #valueStart = 0;
  #valueEnd = 0;

  constructor(state: StoreState) {
    this.#state = state;
  }

  /** Moves to the newest KeyValue of a live key. */
  setNewest(id: number): this {
    const table = this.#state.index.table;
    this.createRevision = table.createRevision(id);
    this.modRevision = table.modRevision(id);
    this.version = table.version(id);
    this.#leaseLow = table.leaseLow(id);
    this.#leaseHigh = table.leaseHigh(id);
    this.#slab = table.slab(id);
    this.#kvOffset = table.kvOffset(id);
    this.#kvLength = table.kvLength(id);
    this.#sub = table.sub(id);
    this.#keyLength = table.keyLength(id);
    this.#isFetched = false;
    this.#isValueFound = false;
    return this;
  }

  /** Moves to the put at `seq`. */
  setEntry(seq: number): this {
    const log = this.#state.log;
    const found = log.seek(seq);
    assert(found && !log.isDelete, 'a cursor shows a put');
    this.#slab = log.slab;
    this.#kvOffset = log.kvOffset;
    this.#kvLength = log.kvLength;
    this.#sub = log.sub;
    this.modRevision = log.main;
    this.#keyLength = this.#state.index.table.keyLength(log.id);
    this.#isFetched = false;
    this.#fetch();
    const source = this.#state.source;
    source.reader.reset(this.#buf, this.#start, this.#end);
    const fields = this.#fields;
    fields.read(source.reader);
    this.createRevision = fields.createRevision;
    this.version = fields.version;
    this.#leaseLow = fields.leaseLow;
    this.#leaseHigh = fields.leaseHigh;
    this.#valueStart = fields.valueStart;
    this.#valueEnd = fields.valueEnd;
    this.#isValueFound = true;
    return this;
  }

  get lease(): bigint {
    return leaseOf(this.#leaseLow, this.#leaseHigh);
  }

  get leaseLow(): number {
    return this.#leaseLow;
  }

  get leaseHigh(): number {
    return this.#leaseHigh;
  }

  get buf(): Uint8Array {
    if (!this.#isFetched) this.#fetch();
    return this.#buf;
  }

  get start(): number {
    if (!this.#isFetched) this.#fetch();
    return this.#start;
  }

  get end(): number {
    if (!this.#isFetched) this.#fetch();
    return this.#end;
  }

  get keyStart(): number {
    return this.start + 1 + varintLength(this.#keyLength);
  }

  get keyEnd(): number {
    return this.keyStart + this.#keyLength;
  }

  get valueStart(): number {
    if (!this.#isValueFound) this.#findValue();
    return this.#valueStart;
  }

  get valueEnd(): number {
    if (!this.#isValueFound) this.#findValue();
    return this.#valueEnd;
  }

  #fetch(): void {
    const source = this.#state.source;
    source.fetch(this.#slab, this.#kvOffset, this.#kvLength, this.modRevision, this.#sub);
    this.#buf = source.buf;
    this.#start = source.start;
    this.#end = source.end;
    this.#isFetched = true;
  }

  #findValue(): void {
    const keyEnd = this.keyEnd;
    const buf = this.#buf;
    // Three numbers, which are never zero, lie between key and value.
    let at = keyEnd + 3;
    at += varintLength(this.createRevision) + varintLength(this.modRevision) + varintLength(this.version);
    this.#valueStart = this.#valueEnd = at;
    if (at < this.#end && buf[at] === 0x2a) {
      const reader = this.#state.source.reader;
      reader.reset(buf, at + 1, this.#end);
      const length = reader.length();
      this.#valueStart = reader.pos;
      this.#valueEnd = reader.pos + length;
    }
    this.#isValueFound = true;
  }
}
