/**
 * Cipher suites by the names that etcd's flag takes, which are those of the registry of IANA, and by OpenSSL's. TLS 1.3
 * has suites of its own that no flag chooses.
 */

const ECDHE = ['ECDHE_ECDSA', 'ECDHE_RSA'] as const;

function buildNames(): ReadonlyMap<string, string> {
  const names = new Map<string, string>([
    ['TLS_RSA_WITH_RC4_128_SHA', 'RC4-SHA'],
    ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'DES-CBC3-SHA'],
    ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
    ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
    ['TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256'],
    ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
    ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
    ['TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', 'ECDHE-RSA-DES-CBC3-SHA'],
  ]);
  for (const exchange of ECDHE) {
    const openssl = exchange.replace('_', '-');
    names.set(`TLS_${exchange}_WITH_RC4_128_SHA`, `${openssl}-RC4-SHA`);
    names.set(`TLS_${exchange}_WITH_AES_128_CBC_SHA`, `${openssl}-AES128-SHA`);
    names.set(`TLS_${exchange}_WITH_AES_256_CBC_SHA`, `${openssl}-AES256-SHA`);
    names.set(`TLS_${exchange}_WITH_AES_128_CBC_SHA256`, `${openssl}-AES128-SHA256`);
    names.set(`TLS_${exchange}_WITH_AES_128_GCM_SHA256`, `${openssl}-AES128-GCM-SHA256`);
    names.set(`TLS_${exchange}_WITH_AES_256_GCM_SHA384`, `${openssl}-AES256-GCM-SHA384`);
    names.set(`TLS_${exchange}_WITH_CHACHA20_POLY1305`, `${openssl}-CHACHA20-POLY1305`);
    names.set(`TLS_${exchange}_WITH_CHACHA20_POLY1305_SHA256`, `${openssl}-CHACHA20-POLY1305`);
  }
  return names;
}

const OPENSSL_NAMES = buildNames();

/** Always on where TLS 1.3 is; OpenSSL takes them in the same list, and switches TLS 1.3 off if none is in it. */
const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** A name that is none. The message is etcd's. */
export class CipherSuiteError extends Error {
  override readonly name = 'CipherSuiteError';
}

/** OpenSSL's list of the suites; undefined for its own choice if none is named. Throws {@link CipherSuiteError}. */
export function cipherList(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const chosen = new Set<string>();
  for (const name of names) {
    if (TLS13_SUITES.includes(name)) continue;
    const openssl = OPENSSL_NAMES.get(name);
    if (openssl === undefined)
      throw new CipherSuiteError(`unexpected TLS cipher suite ${JSON.stringify(name)}`);
    chosen.add(openssl);
  }
  return [...TLS13_SUITES, ...chosen].join(':');
}
