/** Cuts a body that arrives in pieces into JSON values: requests may follow each other with or without white space. */
import { ByteWriter, EMPTY_BYTES } from '../../stdx/index.js';
import { JsonScanner, Scan } from './json-scanner.js';

/** Outcomes of {@link JsonSplitter.next}. */
export const Split = { MORE: 0, VALUE: 1, END: 2, ERROR: 3, TOO_LARGE: 4 } as const;
export type Split = (typeof Split)[keyof typeof Split];

export class JsonSplitter {
  /** After `VALUE`: the value, with white space around it at most. */
  value: Uint8Array = EMPTY_BYTES;
  /** After `ERROR`: why, in Go's words. After it, the body is beyond use. */
  error = '';
  readonly #bytesMax: number;
  #scanner = new JsonScanner();
  /** What has come and was not looked at. */
  #chunks: Uint8Array[] = [];
  /** The beginning of a value that came in pieces: copied, as small pieces would cost more than what is in them. */
  #begun: ByteWriter | undefined;
  #isEnded = false;

  /** `bytesMax`: of one value. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  feed(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /** No more comes. */
  end(): void {
    this.#isEnded = true;
  }

  next(): Split {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) return this.#isEnded ? this.#atEnd() : Split.MORE;
      const scan = this.#scanner.scan(chunk, 0, chunk.length);
      if (scan === Scan.ERROR) {
        this.error = this.#scanner.error;
        return Split.ERROR;
      }
      if (scan === Scan.VALUE) {
        const { end } = this.#scanner;
        if (end < chunk.length) this.#chunks.unshift(chunk.subarray(end));
        return this.#found(chunk.subarray(0, end));
      }
      // White space before a value is nothing that must be kept.
      if (!this.#scanner.hasBegun) continue;
      this.#begun ??= new ByteWriter(2 * chunk.length);
      this.#begun.raw(chunk);
      if (this.#begun.len > this.#bytesMax) return Split.TOO_LARGE;
    }
  }

  #atEnd(): Split {
    if (!this.#scanner.hasBegun) return Split.END;
    if (this.#scanner.finish()) return this.#found(EMPTY_BYTES);
    this.error = 'unexpected EOF';
    return Split.ERROR;
  }

  #found(last: Uint8Array): Split {
    const begun = this.#begun;
    if ((begun?.len ?? 0) + last.length > this.#bytesMax) return Split.TOO_LARGE;
    begun?.raw(last);
    this.value = begun?.view() ?? last;
    this.#begun = undefined;
    this.#scanner = new JsonScanner();
    return Split.VALUE;
  }
}
