/**
 * What a certificate must stand up to beyond its chain, as in etcd: it is not revoked, it is somebody's who may come in, and
 * (for members) it comes from where it says.
 */
import type { X509Certificate } from 'node:crypto';
import { lookup, reverse } from 'node:dns/promises';
import { alternativeNames, commonNameOf, hostMismatchText, isForHost } from './certificate-names.js';
import type { RevocationList } from './revocation-list.js';
import type { TlsSettings } from './settings.js';

export const NOT_ALLOWED = 'client certificate authentication failed';

/** Whether one of the allowed names, if any are asked for, is the certificate's. */
export function isAllowed(certificate: X509Certificate, settings: TlsSettings): boolean {
  const { allowedNames, allowedHostnames } = settings;
  if (allowedHostnames.length > 0) return allowedHostnames.some((host) => isForHost(certificate, host));
  return allowedNames.length === 0 || allowedNames.includes(commonNameOf(certificate));
}

/** Why the certificate, or one that it came with, is revoked; undefined if none is. */
export function revocationOf(certificate: X509Certificate, revoked: RevocationList): string | undefined {
  for (let each: X509Certificate | undefined = certificate; each !== undefined; ) {
    if (revoked.has(each.serialNumber)) {
      const serial = each.serialNumber.toLowerCase();
      return `transport: certificate serial ${serial} revoked`;
    }
    // A root is its own issuer.
    const issuer: X509Certificate | undefined = each.issuerCertificate;
    each = issuer?.fingerprint256 === each.fingerprint256 ? undefined : issuer;
  }
  return undefined;
}

/** Why a certificate may not come from an address; undefined if it may. One without alternative names may. */
export async function foreignAddress(
  certificate: X509Certificate,
  address: string,
): Promise<string | undefined> {
  const { ips, hosts } = alternativeNames(certificate);
  if (ips.length > 0 && isForHost(certificate, address)) return undefined;
  if (hosts.length === 0) return ips.length === 0 ? undefined : hostMismatchText(certificate, address);
  if (await isAddressOf(hosts, address)) return undefined;
  const quoted = hosts.map((host) => JSON.stringify(host)).join(' ');
  return `tls: ${JSON.stringify(address)} does not match any of DNSNames [${quoted}]`;
}

async function isAddressOf(hosts: readonly string[], address: string): Promise<boolean> {
  const patterns: string[] = [];
  for (const host of hosts) {
    if (host.includes('*')) {
      patterns.push(host.toLowerCase());
      continue;
    }
    const found = await lookup(host, { all: true }).catch(() => []);
    if (found.some((each) => each.address === address)) return true;
  }
  if (patterns.length === 0) return false;
  const names = await reverse(address).catch(() => []);
  return names.some((name) => patterns.some((pattern) => matchesWildcard(pattern, name.toLowerCase())));
}

/** `*.example.com`: the star is one label. */
function matchesWildcard(pattern: string, name: string): boolean {
  const wanted = pattern.split('.');
  const given = name.replace(/\.$/, '').split('.');
  return wanted.length === given.length && wanted.every((label, i) => label === '*' || label === given[i]);
}
