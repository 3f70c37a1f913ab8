/**
 * Certificate revocation lists (RFC 5280, section 5.1), in PEM or DER. As in etcd the serial numbers alone are looked at.
 *
 * They are read here and not by the library that makes certificates: that one finds no entries in a list that does not say
 * when the next will come, which it need not say.
 */

const INTEGER = 0x02;
const SEQUENCE = 0x30;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

const PEM_BLOCK = /-----BEGIN (?:X509 )?CRL-----([A-Za-z0-9+/=\s]+)-----END (?:X509 )?CRL-----/g;

/** The elements of DER, one after the other. Throws for what ends too early or is of another kind. */
class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The kind of the next element; undefined at the end. */
  get tag(): number | undefined {
    return this.#bytes[this.#at];
  }

  take(tag: number): Buffer {
    if (this.tag !== tag) throw new Error(`there is no element of kind ${tag} at byte ${this.#at}`);
    const start = this.#readLength();
    const content = this.#bytes.subarray(start.at, start.at + start.length);
    if (content.length < start.length) throw new Error('it ends too early');
    this.#at = start.at + start.length;
    return content;
  }

  takeTime(): void {
    this.take(this.tag === UTC_TIME ? UTC_TIME : GENERALIZED_TIME);
  }

  #readLength(): { at: number; length: number } {
    let at = this.#at + 1;
    const first = this.#bytes[at++];
    if (first === undefined) throw new Error('it ends too early');
    if (first < 0x80) return { at, length: first };
    const bytes = first & 0x7f;
    if (bytes === 0 || bytes > 4 || at + bytes > this.#bytes.length) throw new Error('a length is malformed');
    const length = this.#bytes.readUIntBE(at, bytes);
    at += bytes;
    return { at, length };
  }
}

function serialsOf(der: Buffer): bigint[] {
  const list = new DerReader(new DerReader(der).take(SEQUENCE));
  const signed = new DerReader(list.take(SEQUENCE));
  if (signed.tag === INTEGER) signed.take(INTEGER); // version
  signed.take(SEQUENCE); // algorithm
  signed.take(SEQUENCE); // issuer
  signed.takeTime(); // this update
  if (signed.tag === UTC_TIME || signed.tag === GENERALIZED_TIME) signed.takeTime(); // next update
  const serials: bigint[] = [];
  if (signed.tag !== SEQUENCE) return serials;
  const entries = new DerReader(signed.take(SEQUENCE));
  while (!entries.isAtEnd) {
    const serial = new DerReader(entries.take(SEQUENCE)).take(INTEGER);
    serials.push(BigInt(`0x0${serial.toString('hex')}`));
  }
  return serials;
}

export class RevocationList {
  readonly #serials: ReadonlySet<bigint>;

  /** Throws for what is no list. */
  constructor(content: Buffer) {
    const blocks = [...content.toString('latin1').matchAll(PEM_BLOCK)];
    const lists = blocks.length === 0 ? [content] : blocks.map(([, text]) => Buffer.from(text!, 'base64'));
    this.#serials = new Set(lists.flatMap(serialsOf));
  }

  /** @param serial in hexadecimal, as Node.js tells it. */
  has(serial: string): boolean {
    return this.#serials.has(BigInt(`0x${serial}`));
  }
}
