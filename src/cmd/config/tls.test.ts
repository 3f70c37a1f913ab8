import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFlagValue } from '../flags/go-flags.js';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import { ConfigError } from './config-error.js';
import type { ResolvedFlags } from './resolved-flags.js';
import { checkSecureUrls, readTls, type TlsConfig } from './tls.js';
import { parseMemberUrls } from './urls.js';

/** Flags with their defaults but for what is given. */
function flagsOf(given: Readonly<Record<string, string>>): ResolvedFlags {
  return {
    value: (name) => {
      const spec = SERVER_FLAGS.get(name)!;
      return parseFlagValue(spec, given[name] ?? spec.default);
    },
    isSet: (name) => name in given,
    isFromFile: false,
    notes: [],
  };
}

function read(given: Readonly<Record<string, string>> = {}): TlsConfig {
  return readTls(flagsOf(given));
}

test('without flags there is no TLS, and what there would be is TLS 1.2 or 1.3', () => {
  const { clientTls, peerTls, autoTls } = read();
  for (const settings of [clientTls, peerTls]) {
    assert.deepEqual([settings.certFile, settings.trustedCaFile, settings.clientCertAuth], ['', '', false]);
    assert.deepEqual(settings.versions, { min: 'TLSv1.2', max: 'TLSv1.3', ciphers: undefined });
  }
  assert.deepEqual(autoTls, { clients: false, peers: false, validityYears: 1 });
  assert.deepEqual([clientTls.skipClientSanVerification, peerTls.skipClientSanVerification], [true, false]);
});

test("the clients' flags and the peers' are told apart", () => {
  const { clientTls, peerTls } = read({
    'cert-file': 'c',
    'key-file': 'k',
    'client-crl-file': 'r',
    'client-cert-allowed-hostname': 'h1,h2',
    'peer-cert-file': 'pc',
    'peer-key-file': 'pk',
    'peer-client-cert-auth': 'true',
    'peer-cert-allowed-cn': 'n1,n2',
    'peer-skip-client-san-verification': 'true',
  });
  assert.deepEqual([clientTls.certFile, clientTls.keyFile, clientTls.crlFile], ['c', 'k', 'r']);
  assert.deepEqual([clientTls.allowedNames, clientTls.allowedHostnames], [[], ['h1', 'h2']]);
  assert.deepEqual([peerTls.certFile, peerTls.keyFile, peerTls.crlFile], ['pc', 'pk', '']);
  assert.deepEqual([peerTls.allowedNames, peerTls.clientCertAuth], [['n1', 'n2'], true]);
  assert.equal(peerTls.skipClientSanVerification, true);
});

test("cipher suites go by Go's names", () => {
  const names = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256';
  const { ciphers } = read({ 'cipher-suites': names }).peerTls.versions;
  assert.match(ciphers!, /ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305$/);
  assert.match(ciphers!, /TLS_AES_128_GCM_SHA256/, 'TLS 1.3 stays possible');
  assert.equal(read({ 'tls-max-version': 'TLS1.2' }).clientTls.versions.max, 'TLSv1.2');
});

describe("what does not fit together is refused in etcd's words", () => {
  const cases: [given: Record<string, string>, message: string][] = [
    [{ 'tls-min-version': 'TLS1.1' }, 'unexpected TLS version "TLS1.1" (must be one of: TLS1.2, TLS1.3)'],
    [
      { 'tls-min-version': 'TLS1.3', 'tls-max-version': 'TLS1.2' },
      'min version (TLS1.3) is greater than max version (TLS1.2)',
    ],
    [
      { 'tls-min-version': 'TLS1.3', 'cipher-suites': 'TLS_RSA_WITH_AES_128_CBC_SHA' },
      'cipher suites cannot be configured when only TLS1.3 is enabled',
    ],
    [{ 'cipher-suites': 'FOO' }, 'unexpected TLS cipher suite "FOO"'],
    [{ 'cert-file': 'c.pem' }, 'KeyFile and CertFile must both be present[key: , cert: c.pem]'],
    [
      { 'cert-file': 'c.pem', 'key-file': 'k.pem', 'client-cert-file': 'c.pem' },
      'ClientKeyFile and ClientCertFile must both be present or both absent: key: , cert: c.pem]',
    ],
    [
      { 'client-cert-allowed-cn': 'a,c', 'client-cert-allowed-hostname': 'b' },
      'AllowedCNs and AllowedHostnames are mutually exclusive (cns=["a" "c"], hostnames=["b"])',
    ],
    [
      { 'peer-cert-allowed-cn': 'a', 'peer-cert-allowed-hostname': 'b' },
      'AllowedCNs and AllowedHostnames are mutually exclusive (cns=["a"], hostnames=["b"])',
    ],
    [
      { 'peer-auto-tls': 'true', 'self-signed-cert-validity': '0' },
      'selfSignedCertValidity is invalid,it should be greater than 0',
    ],
  ];
  for (const [given, message] of cases) {
    test(message, () => assert.throws(() => read(given), new ConfigError(message, 1)));
  }
});

test('a secure URL needs a certificate, given or made', () => {
  const endpoints = {
    listenClientUrls: parseMemberUrls(['http://127.0.0.1:1', 'unixs://sock']),
    listenPeerUrls: parseMemberUrls(['https://127.0.0.1:2']),
    advertiseClientUrls: [],
    advertisePeerUrls: [],
    listenMetricsUrls: [],
    listenClientHttpUrls: [],
    initialCluster: new Map<string, string[]>(),
    initialClusterState: 'new' as const,
    initialClusterToken: '',
  };
  const check = (given: Record<string, string>) => (): void => checkSecureUrls(endpoints, read(given));
  assert.throws(
    check({ 'peer-auto-tls': 'true' }),
    /^ConfigError: TLS key\/cert .* client url unixs:\/\/sock with HTTPS scheme$/,
  );
  assert.throws(
    check({ 'auto-tls': 'true' }),
    /^ConfigError: cannot listen on TLS for 127.0.0.1:2: KeyFile and CertFile are not presented$/,
  );
  check({ 'auto-tls': 'true', 'peer-cert-file': 'c', 'peer-key-file': 'k' })();
});
