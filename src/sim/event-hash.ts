/** Of longer byte strings every sixteenth byte counts. */
const LONG_BYTES = 1024;

/** A running fingerprint of all that happened: two runs of one seed must end with the same one. Not cryptographic. */
export class EventHash {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  number(value: number): void {
    const low = value | 0;
    const high = Math.trunc(value * 1024) | 0;
    this.#a = Math.imul(this.#a ^ low, 0x01000193) ^ (this.#b >>> 15);
    this.#b = Math.imul(this.#b ^ high, 0x85ebca6b) ^ (this.#a >>> 13);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.number(text.charCodeAt(i));
  }

  bytes(bytes: Uint8Array): void {
    this.number(bytes.length);
    // Long values are mostly padding: a part of their bytes tells them apart.
    const stride = bytes.length < LONG_BYTES ? 1 : 16;
    for (let i = 0; i < bytes.length; i += stride) this.#a = Math.imul(this.#a ^ bytes[i]!, 0x01000193);
  }

  /** 16 hexadecimal digits. */
  get hex(): string {
    const part = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return part(this.#a) + part(this.#b);
  }
}
