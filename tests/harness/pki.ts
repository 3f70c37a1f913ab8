/**
 * Certificate authorities for tests, made by a library and written as PEM files that programs take. Certificates are for
 * server and client alike, and last an hour.
 */
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { X509Certificate } from '@peculiar/x509';
import { loadX509Library } from '../../src/node/tls/x509-library.js';
import { tempDir } from './temp-dir.js';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** In hexadecimal. */
  readonly serial: string;
}

export interface CertificateOptions {
  readonly commonName?: string;
  /** Names and addresses; default: 127.0.0.1 and localhost. */
  readonly hosts?: readonly string[];
  /** Default: this moment. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Where to write; default: a new name in the authority's folder. */
  readonly path?: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

type Keys = webcrypto.CryptoKeyPair;

function newKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function newSerial(): string {
  const bytes = randomBytes(8);
  bytes[0]! = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** Clocks that differ a little must not matter. */
function aWhileAgo(): Date {
  return new Date(Date.now() - HOUR_MS);
}

export class TestAuthority {
  readonly folder: string;
  /** Path of the authority's own certificate. */
  readonly ca: string;
  readonly #certificate: X509Certificate;
  readonly #keys: Keys;
  #issued = 0;

  private constructor(folder: string, certificate: X509Certificate, keys: Keys) {
    this.folder = folder;
    this.#certificate = certificate;
    this.#keys = keys;
    this.ca = join(folder, 'ca.pem');
    writeFileSync(this.ca, certificate.toString('pem'));
  }

  static async make(name: string): Promise<TestAuthority> {
    const x509 = await loadX509Library();
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerial(),
      name: `CN=${name}`,
      notBefore: aWhileAgo(),
      notAfter: new Date(Date.now() + HOUR_MS),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new TestAuthority(tempDir('pki'), certificate, keys);
  }

  /** The authority's own certificate. */
  get pem(): string {
    return this.#certificate.toString('pem');
  }

  /** A certificate and its key. */
  async issue(options: CertificateOptions = {}): Promise<CertificateFiles> {
    const x509 = await loadX509Library();
    const keys = await newKeys();
    const serial = newSerial();
    const hosts = options.hosts ?? ['127.0.0.1', 'localhost'];
    const names = hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }) as const);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: options.commonName === undefined ? 'O=test' : `O=test, CN=${options.commonName}`,
      issuer: this.#certificate.subject,
      notBefore: options.notBefore ?? aWhileAgo(),
      notAfter: options.notAfter ?? new Date(Date.now() + HOUR_MS),
      signingKey: this.#keys.privateKey,
      publicKey: keys.publicKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    });
    const path = options.path ?? join(this.folder, `${options.commonName ?? 'cert'}-${++this.#issued}`);
    const files = { cert: `${path}.pem`, key: `${path}.key`, serial };
    writeFileSync(files.key, KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(files.cert, certificate.toString('pem'));
    return files;
  }

  /** Writes a list that revokes the serial numbers. */
  async revoke(path: string, serials: readonly string[], format: 'pem' | 'der' = 'pem'): Promise<void> {
    const x509 = await loadX509Library();
    const list = await x509.X509CrlGenerator.create({
      issuer: this.#certificate.subject,
      thisUpdate: aWhileAgo(),
      nextUpdate: new Date(Date.now() + HOUR_MS),
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: aWhileAgo() })),
    });
    writeFileSync(path, format === 'pem' ? list.toString('pem') : Buffer.from(list.rawData));
  }
}
