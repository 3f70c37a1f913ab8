/** What TLS is made of on one side of a member, the clients' or the peers'. */

export interface TlsSettings {
  /** PEM files; '' for none. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Shown when this member connects itself; '' for {@link certFile}. */
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
  /** Whoever connects must show a certificate that these authorities vouch for; '' for those of the system. */
  readonly trustedCaFile: string;
  readonly clientCertAuth: boolean;
  readonly crlFile: string;
  /** Only certificates with one of these common names, or (never both) for one of these hosts; empty for any. */
  readonly allowedNames: readonly string[];
  readonly allowedHostnames: readonly string[];
  /** Whether a certificate may come from an address that it does not name. */
  readonly skipClientSanVerification: boolean;
  /** Whoever connects does not ask who the other side is: nobody can vouch for what members made themselves. */
  readonly isSelfSigned: boolean;
  readonly versions: TlsVersions;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

export interface TlsVersions {
  readonly min: TlsVersion;
  readonly max: TlsVersion;
  /** OpenSSL's names for TLS 1.2; undefined for its own choice. */
  readonly ciphers: string | undefined;
}

/** Of a program that only connects. */
export function settingsToConnect(files: {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly skipVerify: boolean;
}): TlsSettings {
  return {
    certFile: files.certFile,
    keyFile: files.keyFile,
    clientCertFile: '',
    clientKeyFile: '',
    trustedCaFile: files.caFile,
    clientCertAuth: false,
    crlFile: '',
    allowedNames: [],
    allowedHostnames: [],
    skipClientSanVerification: true,
    isSelfSigned: files.skipVerify,
    versions: { min: 'TLSv1.2', max: 'TLSv1.3', ciphers: undefined },
  };
}

/** As etcd's `Empty`: nothing to serve TLS with. */
export function hasCertificate(settings: TlsSettings): boolean {
  return settings.certFile !== '' || settings.keyFile !== '';
}

/** Whoever connects must show a certificate. */
export function asksForCertificate(settings: TlsSettings): boolean {
  return settings.clientCertAuth || settings.trustedCaFile !== '';
}
