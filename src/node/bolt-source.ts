/** A bbolt file on disk. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { BoltSource } from '../bolt/index.js';

export class FileBoltSource implements BoltSource {
  readonly #path: string;
  readonly #descriptor: number;
  readonly sizeBytes: number;

  /** Throws the system's error if the file cannot be opened. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'r');
    this.sizeBytes = fstatSync(this.#descriptor).size;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let got = 0;
    while (got < length) {
      const count = readSync(this.#descriptor, bytes, got, length - got, offset + got);
      if (count === 0) throw new Error(`read ${this.#path}: it has become shorter while it was read`);
      got += count;
    }
    return bytes;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
