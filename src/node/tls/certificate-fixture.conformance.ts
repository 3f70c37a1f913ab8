/** Certificates of no authority's, for tests of what reads them. */
import { KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { loadX509Library } from './x509-library.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export interface MadeCertificate {
  readonly certificate: X509Certificate;
  readonly cert: string;
  readonly key: string;
}

/** `name` as in `CN=a, O=b`. */
export async function makeCertificate(
  name: string,
  hosts: readonly string[],
  serialNumber = '01',
): Promise<MadeCertificate> {
  const x509 = await loadX509Library();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }) as const);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  });
  const cert = made.toString('pem');
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certificate: new X509Certificate(cert), cert, key };
}
