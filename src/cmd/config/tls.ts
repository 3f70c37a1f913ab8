/** The flags of TLS: `--cert-file` and its like for clients, `--peer-cert-file` and its like for members. */
import { CipherSuiteError, cipherList } from '../../node/tls/cipher-suites.js';
import {
  hasCertificate,
  type TlsSettings,
  type TlsVersion,
  type TlsVersions,
} from '../../node/tls/settings.js';
import { ConfigError } from './config-error.js';
import type { Endpoints } from './endpoints.js';
import type { ResolvedFlags } from './resolved-flags.js';
import { isSecure } from './urls.js';

/** Certificates that a member makes for itself. */
export interface AutoTls {
  readonly clients: boolean;
  readonly peers: boolean;
  readonly validityYears: number;
}

export interface TlsConfig {
  readonly clientTls: TlsSettings;
  readonly peerTls: TlsSettings;
  readonly autoTls: AutoTls;
}

const VERSIONS: Readonly<Record<string, TlsVersion>> = { 'TLS1.2': 'TLSv1.2', 'TLS1.3': 'TLSv1.3' };

function versionOf(text: string, fallback: TlsVersion): TlsVersion {
  if (text === '') return fallback;
  const version = VERSIONS[text];
  if (version !== undefined) return version;
  throw new ConfigError(`unexpected TLS version ${JSON.stringify(text)} (must be one of: TLS1.2, TLS1.3)`, 1);
}

function readVersions(flags: ResolvedFlags): TlsVersions {
  const minText = flags.value('tls-min-version') as string;
  const maxText = flags.value('tls-max-version') as string;
  const min = versionOf(minText, 'TLSv1.2');
  const max = versionOf(maxText, 'TLSv1.3');
  if (min > max)
    throw new ConfigError(`min version (${minText}) is greater than max version (${maxText})`, 1);
  const suites = flags.value('cipher-suites') as readonly string[];
  if (min === 'TLSv1.3' && suites.length > 0) {
    throw new ConfigError('cipher suites cannot be configured when only TLS1.3 is enabled', 1);
  }
  try {
    return { min, max, ciphers: cipherList(suites) };
  } catch (error) {
    if (error instanceof CipherSuiteError) throw new ConfigError(error.message, 1);
    throw error;
  }
}

/** etcd's rules for what belongs together, in its words. */
function checkTogether(settings: TlsSettings): void {
  const { certFile, keyFile, clientCertFile, clientKeyFile, allowedNames, allowedHostnames } = settings;
  if (hasCertificate(settings) && (certFile === '' || keyFile === '')) {
    throw new ConfigError(`KeyFile and CertFile must both be present[key: ${keyFile}, cert: ${certFile}]`, 1);
  }
  if ((clientCertFile === '') !== (clientKeyFile === '')) {
    throw new ConfigError(
      `ClientKeyFile and ClientCertFile must both be present or both absent: key: ${clientKeyFile}, cert: ${clientCertFile}]`,
      1,
    );
  }
  if (allowedNames.length > 0 && allowedHostnames.length > 0) {
    const quoted = (list: readonly string[]): string =>
      `[${list.map((each) => JSON.stringify(each)).join(' ')}]`;
    throw new ConfigError(
      `AllowedCNs and AllowedHostnames are mutually exclusive (cns=${quoted(allowedNames)}, hostnames=${quoted(allowedHostnames)})`,
      1,
    );
  }
}

/** Throws {@link ConfigError}. */
export function readTls(flags: ResolvedFlags): TlsConfig {
  const text = (name: string): string => flags.value(name) as string;
  const list = (name: string): readonly string[] => flags.value(name) as readonly string[];
  const versions = readVersions(flags);
  const clientTls: TlsSettings = {
    certFile: text('cert-file'),
    keyFile: text('key-file'),
    clientCertFile: text('client-cert-file'),
    clientKeyFile: text('client-key-file'),
    trustedCaFile: text('trusted-ca-file'),
    clientCertAuth: flags.value('client-cert-auth') as boolean,
    crlFile: text('client-crl-file'),
    allowedNames: list('client-cert-allowed-cn'),
    allowedHostnames: list('client-cert-allowed-hostname'),
    // As etcd's: clients may come from anywhere.
    skipClientSanVerification: true,
    isSelfSigned: false,
    versions,
  };
  const peerTls: TlsSettings = {
    certFile: text('peer-cert-file'),
    keyFile: text('peer-key-file'),
    clientCertFile: text('peer-client-cert-file'),
    clientKeyFile: text('peer-client-key-file'),
    trustedCaFile: text('peer-trusted-ca-file'),
    clientCertAuth: flags.value('peer-client-cert-auth') as boolean,
    crlFile: text('peer-crl-file'),
    allowedNames: list('peer-cert-allowed-cn'),
    allowedHostnames: list('peer-cert-allowed-hostname'),
    skipClientSanVerification: flags.value('peer-skip-client-san-verification') as boolean,
    isSelfSigned: false,
    versions,
  };
  checkTogether(clientTls);
  checkTogether(peerTls);
  const autoTls = {
    clients: flags.value('auto-tls') as boolean,
    peers: flags.value('peer-auto-tls') as boolean,
    validityYears: flags.value('self-signed-cert-validity') as number,
  };
  if ((autoTls.clients || autoTls.peers) && autoTls.validityYears === 0) {
    throw new ConfigError('selfSignedCertValidity is invalid,it should be greater than 0', 1);
  }
  return { clientTls, peerTls, autoTls };
}

/** Better no member than one that promises TLS and has nothing to serve it with. Throws {@link ConfigError}. */
export function checkSecureUrls(endpoints: Endpoints, tls: TlsConfig): void {
  const client = [...endpoints.listenClientUrls, ...endpoints.listenClientHttpUrls].find(isSecure);
  if (client !== undefined && !tls.autoTls.clients && !hasCertificate(tls.clientTls)) {
    throw new ConfigError(
      `TLS key/cert (--cert-file, --key-file) must be provided for client url ${client.text} with HTTPS scheme`,
      1,
    );
  }
  const metrics = endpoints.listenMetricsUrls.find(isSecure);
  if (metrics !== undefined && !tls.autoTls.clients && !hasCertificate(tls.clientTls)) {
    throw new ConfigError(
      'client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url',
      1,
    );
  }
  const peer = endpoints.listenPeerUrls.find(isSecure);
  if (peer !== undefined && !tls.autoTls.peers && !hasCertificate(tls.peerTls)) {
    const address = peer.scheme === 'unixs' ? peer.path : `${peer.host}:${peer.port}`;
    throw new ConfigError(`cannot listen on TLS for ${address}: KeyFile and CertFile are not presented`, 1);
  }
}
