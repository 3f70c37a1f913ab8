/** Certificate revocation lists, in PEM or DER. As in etcd a serial number alone is what counts. */
import type { X509Library } from './x509-library.js';

export class RevocationList {
  readonly #serials: ReadonlySet<bigint>;

  /** Throws for what is no list. */
  constructor(content: Buffer, library: X509Library) {
    const isPem = content.subarray(0, 64).includes('-----BEGIN');
    const list = new library.X509Crl(isPem ? content.toString('latin1') : content);
    this.#serials = new Set(list.entries.map(({ serialNumber }) => BigInt(`0x${serialNumber}`)));
  }

  /** @param serial in hexadecimal, as Node.js tells it. */
  has(serial: string): boolean {
    return this.#serials.has(BigInt(`0x${serial}`));
  }
}
