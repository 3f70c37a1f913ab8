/**
 * The certificate, key, authorities and revocation list of one side, as they are in the files now. Whoever begins a
 * handshake asks; what has changed is read then, so that nothing has to be restarted and no connection is lost. (etcd
 * does so for certificates and revocation lists, and never for authorities.) A change that cannot be used is told once,
 * and what was there before goes on.
 */
import { constants, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { LogSink } from '../../platform/index.js';
import { fileErrorText } from './go-words.js';
import { RevocationList } from './revocation-list.js';
import { asksForCertificate, hasCertificate, type TlsSettings } from './settings.js';

/** The files cannot be used. `message` is for the operator. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
}

/** What was made of the files at one time. */
export interface TlsMaterial {
  /** Undefined if there is no certificate to serve with. */
  readonly server: SecureContextOptions | undefined;
  /** Made when it is first asked for: many members never connect by TLS. */
  client(): SecureContext;
  readonly revoked: RevocationList | undefined;
}

/**
 * No renegotiation: it lets a client make the server work. No tickets: a handshake is always whole, so that every new
 * connection is held against the authorities and the list of today.
 */
const SECURE_OPTIONS = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

export class ReloadingFiles {
  readonly settings: TlsSettings;
  readonly #log: LogSink;
  readonly #paths: readonly string[];
  #material: TlsMaterial;
  /** What the files looked like when they were read last. */
  #seen: string;

  /** Throws {@link TlsFileError} if the files cannot be used. */
  constructor(settings: TlsSettings, log: LogSink) {
    const { certFile, keyFile, clientCertFile, clientKeyFile, trustedCaFile, crlFile } = settings;
    this.settings = settings;
    this.#log = log;
    this.#paths = [certFile, keyFile, clientCertFile, clientKeyFile, trustedCaFile, crlFile].filter(
      (path) => path !== '',
    );
    this.#seen = this.#look();
    this.#material = this.#read();
  }

  /** The material of now; another object if it has changed. */
  current(): TlsMaterial {
    const looks = this.#look();
    if (looks === this.#seen) return this.#material;
    this.#seen = looks;
    try {
      this.#material = this.#read();
      this.#log.log('info', 'reloaded TLS files', { paths: this.#paths });
    } catch (error) {
      if (!(error instanceof TlsFileError)) throw error;
      this.#log.log('warn', 'failed to reload TLS files; the former ones go on', {
        paths: this.#paths,
        error: error.message,
      });
    }
    return this.#material;
  }

  #look(): string {
    return this.#paths.map(looksOf).join(' ');
  }

  #read(): TlsMaterial {
    const { settings } = this;
    const { versions, certFile, keyFile } = settings;
    const base: SecureContextOptions = {
      minVersion: versions.min,
      maxVersion: versions.max,
      secureOptions: SECURE_OPTIONS,
      ...(versions.ciphers === undefined ? {} : { ciphers: versions.ciphers }),
      ...(settings.trustedCaFile === '' ? {} : { ca: readAuthorities(settings.trustedCaFile) }),
    };
    const pair = hasCertificate(settings) ? { cert: readFile(certFile), key: readFile(keyFile) } : {};
    const clientPair =
      settings.clientCertFile === ''
        ? pair
        : { cert: readFile(settings.clientCertFile), key: readFile(settings.clientKeyFile) };
    const server = hasCertificate(settings) ? { ...base, ...pair } : undefined;
    // Tried here, so that a pair that does not fit is found out before anybody is served with it.
    if (server !== undefined) contextOf(server);
    let client = this.#paths.length === 0 ? undefined : contextOf({ ...base, ...clientPair });
    return { server, client: () => (client ??= contextOf(base)), revoked: this.#readRevoked() };
  }

  #readRevoked(): RevocationList | undefined {
    const { crlFile } = this.settings;
    if (crlFile === '' || !asksForCertificate(this.settings)) return undefined;
    const content = readFile(crlFile);
    try {
      return new RevocationList(content);
    } catch (error) {
      throw new TlsFileError(`${crlFile}: x509: malformed crl (${(error as Error).message})`);
    }
  }
}

/** A file that is replaced has another inode, one that is rewritten another time. */
function looksOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TlsFileError(fileErrorText(path, error));
  }
}

/** OpenSSL passes over what it cannot read; then nobody would be trusted, without a word. */
function readAuthorities(path: string): string[] {
  const blocks = readFile(path).toString('latin1').match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new TlsFileError(`${path}: no certificate found`);
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (error) {
      throw new TlsFileError(`${path}: x509: malformed certificate (${(error as Error).message})`);
    }
  }
  return blocks;
}

function contextOf(options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' || code === 'ERR_OSSL_X509_KEY_TYPE_MISMATCH') {
      throw new TlsFileError('tls: private key does not match public key');
    }
    throw new TlsFileError(`tls: ${message}`);
  }
}
