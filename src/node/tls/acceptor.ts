/**
 * The accepting half of TLS: makes a connection of a socket that has just been accepted, or drops it and says why. The
 * files are looked at before each handshake. Handshakes are bounded in time and number, see `limits.ts`.
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { alternativeNames, commonNameOf } from './certificate-names.js';
import { foreignAddress, isAllowed, NOT_ALLOWED, revocationOf } from './client-checks.js';
import { handshakeErrorText } from './go-words.js';
import { HANDSHAKE_TIMEOUT_MS, HANDSHAKES_MAX } from './limits.js';
import type { ReloadingFiles, TlsMaterial } from './reloading-files.js';
import { asksForCertificate } from './settings.js';

/** A connection that was not let in. */
export interface Rejection {
  readonly remoteAddress: string;
  readonly serverName: string;
  /** Of the certificate that was shown, if there was one. */
  readonly names: { readonly ips: readonly string[]; readonly hosts: readonly string[] } | undefined;
  readonly error: string;
}

export interface TlsAcceptorOptions {
  readonly files: ReloadingFiles;
  /** What may be spoken (ALPN), best first. */
  readonly protocols: readonly string[];
  onRejected(rejection: Rejection): void;
  /** Default: {@link HANDSHAKE_TIMEOUT_MS} and {@link HANDSHAKES_MAX}. */
  readonly handshakeTimeoutMs?: number;
  readonly handshakesMax?: number;
}

/** `certifiedName` is the common name of the certificate that was asked for, if client certificates are. */
export type OnSecure = (socket: TLSSocket, certifiedName: string | undefined) => void;

/** The socket below a TLS socket of a server, which Node.js keeps there and does not show. */
function socketBelow(socket: TLSSocket): Socket | undefined {
  return (socket as unknown as { _parent?: Socket })._parent;
}

function addressOf(socket: Socket): string {
  return socket.remoteAddress === undefined ? '@' : `${socket.remoteAddress}:${socket.remotePort ?? 0}`;
}

export class TlsAcceptor {
  readonly #options: TlsAcceptorOptions;
  readonly #onSecure: OnSecure;
  readonly #server: Server;
  /** Sockets whose handshake is under way, oldest first, with their address, which is lost when they close. */
  readonly #handshakes = new Map<Socket, string>();
  #material: TlsMaterial;

  constructor(options: TlsAcceptorOptions, onSecure: OnSecure) {
    this.#options = options;
    this.#onSecure = onSecure;
    const asks = asksForCertificate(options.files.settings);
    this.#material = options.files.current();
    this.#server = createServer({
      ...this.#material.server,
      requestCert: asks,
      rejectUnauthorized: asks,
      handshakeTimeout: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
      ALPNCallback: ({ protocols }) => options.protocols.find((protocol) => protocols.includes(protocol)),
    });
    this.#server.on('secureConnection', (socket) => void this.#check(socket));
    this.#server.on('tlsClientError', (error, socket) => {
      // Null, whatever the types say, unless a certificate was shown that is no good.
      const unverified = socket.authorizationError as Error | string | null | undefined;
      this.#reject(socket, unverified ?? error);
      // Node.js leaves it to us to end who has run out of time.
      socket.destroy();
    });
  }

  /** Begins a handshake. */
  accept(socket: Socket): void {
    this.#refresh();
    const handshakesMax = this.#options.handshakesMax ?? HANDSHAKES_MAX;
    if (this.#handshakes.size >= handshakesMax) this.#dropOldest();
    this.#handshakes.set(socket, addressOf(socket));
    this.#server.emit('connection', socket);
  }

  /** Drops who is still shaking hands. */
  close(): void {
    for (const socket of [...this.#handshakes.keys()]) socket.destroy();
  }

  #refresh(): void {
    const material = this.#options.files.current();
    if (material === this.#material) return;
    this.#material = material;
    this.#server.setSecureContext(material.server ?? {});
  }

  #dropOldest(): void {
    for (const [socket, remoteAddress] of this.#handshakes) {
      this.#handshakes.delete(socket);
      socket.destroy();
      const error = 'too many handshakes under way';
      this.#options.onRejected({ remoteAddress, serverName: '', names: undefined, error });
      return;
    }
  }

  /** The handshake of a socket has ended; its address, or undefined if it does not count any more. */
  #ended(socket: TLSSocket): string | undefined {
    const below = socketBelow(socket);
    if (below === undefined) return addressOf(socket);
    const address = this.#handshakes.get(below);
    this.#handshakes.delete(below);
    return address;
  }

  async #check(socket: TLSSocket): Promise<void> {
    // From here on errors are the socket's own; looking names up takes time.
    socket.on('error', () => socket.destroy());
    const { settings } = this.#options.files;
    const certificate = asksForCertificate(settings) ? socket.getPeerX509Certificate() : undefined;
    // Node.js has dropped who has none by now.
    if (certificate !== undefined) {
      const error = await this.#problemOf(certificate, socket.remoteAddress).catch(
        // A certificate that cannot be read is none to let in.
        (thrown: Error) => thrown.message,
      );
      if (error !== undefined) {
        this.#reject(socket, error, certificate);
        socket.destroy();
        return;
      }
    }
    if (this.#ended(socket) === undefined || socket.destroyed) return;
    const name = settings.clientCertAuth && certificate !== undefined ? commonNameOf(certificate) : undefined;
    this.#onSecure(socket, name);
  }

  async #problemOf(
    certificate: X509Certificate,
    remoteAddress: string | undefined,
  ): Promise<string | undefined> {
    const { settings } = this.#options.files;
    const { revoked } = this.#material;
    if (!isAllowed(certificate, settings)) return NOT_ALLOWED;
    const revocation = revoked === undefined ? undefined : revocationOf(certificate, revoked);
    if (revocation !== undefined) return revocation;
    if (settings.skipClientSanVerification || remoteAddress === undefined) return undefined;
    // IPv4 at an IPv6 socket.
    return foreignAddress(certificate, remoteAddress.replace(/^::ffff:(?=\d+\.)/, ''));
  }

  #reject(socket: TLSSocket, error: Error | string, certificate?: X509Certificate): void {
    const remoteAddress = this.#ended(socket);
    if (remoteAddress === undefined) return;
    this.#options.onRejected({
      remoteAddress,
      serverName: typeof socket.servername === 'string' ? socket.servername : '',
      names: certificate === undefined ? undefined : alternativeNames(certificate),
      error: handshakeErrorText(error),
    });
  }
}
