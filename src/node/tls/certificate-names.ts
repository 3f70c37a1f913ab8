/** Names in certificates, and whether they are somebody's, by Go's rules: the common name is nobody's host. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

export interface AlternativeNames {
  readonly ips: readonly string[];
  readonly hosts: readonly string[];
}

/** `DNS:a, IP Address:1.2.3.4`; what has characters that mean something there is quoted like a string of JSON. */
const ENTRY = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

export function alternativeNames(certificate: X509Certificate): AlternativeNames {
  const ips: string[] = [];
  const hosts: string[] = [];
  for (const [, kind, text] of (certificate.subjectAltName ?? '').matchAll(ENTRY)) {
    const name = unquote(text!);
    if (kind === 'IP Address') ips.push(name);
    else if (kind === 'DNS') hosts.push(name);
  }
  return { ips, hosts };
}

/** What cannot be read is left as it is: then it is nobody's name. */
function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

/** Whether the certificate is one of the host, which may be an address. */
export function isForHost(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined;
}

/** The common name of the subject, '' if there is none; the last of several, as in Go. */
export function commonNameOf(certificate: X509Certificate): string {
  const name = certificate.toLegacyObject().subject.CN as string | string[] | undefined;
  return (Array.isArray(name) ? name.at(-1) : name) ?? '';
}

/** What is wrong if a certificate is not of a host, in Go's words. */
export function hostMismatchText(certificate: X509Certificate, host: string): string {
  const { ips, hosts } = alternativeNames(certificate);
  if (isIP(host) !== 0) {
    return ips.length === 0
      ? `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`
      : `x509: certificate is valid for ${ips.join(', ')}, not ${host}`;
  }
  return hosts.length === 0
    ? `x509: certificate is not valid for any names, but wanted to match ${host}`
    : `x509: certificate is valid for ${hosts.join(', ')}, not ${host}`;
}
