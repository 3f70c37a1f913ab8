/** Certificates that a member makes for itself (`--auto-tls`), in the files and the form in which etcd makes them. */
import { KeyObject, webcrypto } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { LogSink } from '../../platform/index.js';
import { loadX509Library } from './x509-library.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const YEAR_DAYS = 365;
const SERIAL_BYTES = 16;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' };

export interface SelfSignedPair {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface SelfSignedOptions {
  /** Where the pair is kept, and found again. */
  readonly folder: string;
  /** Names and addresses that it is valid for. */
  readonly hosts: readonly string[];
  readonly validityYears: number;
  readonly log: LogSink;
}

/** The pair in the folder, made if there is none. */
export async function selfSignedPair(options: SelfSignedOptions): Promise<SelfSignedPair> {
  const pair = { certFile: join(options.folder, 'cert.pem'), keyFile: join(options.folder, 'key.pem') };
  if (existsSync(pair.certFile) && existsSync(pair.keyFile)) return pair;
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const { cert, key } = await makePair(options);
  // The key first: a pair that is half there after a crash is made anew as a whole.
  await writeFile(pair.keyFile, key, { mode: 0o600 });
  options.log.log('info', 'created key file', { path: pair.keyFile });
  await writeFile(pair.certFile, cert, { mode: 0o644 });
  options.log.log('info', 'created cert file', { path: pair.certFile });
  return pair;
}

async function makePair({
  hosts,
  validityYears,
  log,
}: SelfSignedOptions): Promise<{ cert: string; key: string }> {
  const x509 = await loadX509Library();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notBefore = new Date();
  const notAfter = new Date(notBefore.getTime() + validityYears * YEAR_DAYS * DAY_MS);
  log.log('info', 'automatically generate certificates', {
    'certificate-validity-bound-not-after': notAfter.toISOString(),
  });
  const names = [...new Set(hosts)].map(
    (host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }) as const,
  );
  const serial = webcrypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  // A number of this length is positive only without its highest bit.
  serial[0]! &= 0x7f;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(serial).toString('hex'),
    name: 'O=etcd',
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature |
          x509.KeyUsageFlags.keyEncipherment |
          x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'sec1', format: 'pem' }).toString();
  return { cert: `${certificate.toString('pem')}\n`, key };
}
