/** The dialling half of TLS. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { hostMismatchText, isForHost } from './certificate-names.js';
import { isAllowed, NOT_ALLOWED } from './client-checks.js';
import type { ReloadingFiles } from './reloading-files.js';

export interface TlsTarget {
  /** Where to connect to. */
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Whose certificate the other side must have. */
  readonly serverName: string;
}

/** What `node:tls` and `node:https` take to connect to a host by the files of now. */
export function secureOptions(files: ReloadingFiles, serverName: string): ConnectionOptions {
  const { settings } = files;
  return {
    secureContext: files.current().client(),
    // A name of an address is not allowed in the handshake (RFC 6066, section 3).
    servername: isIP(serverName) === 0 ? serverName : '',
    rejectUnauthorized: !settings.isSelfSigned,
    checkServerIdentity: (_host: string, shown: PeerCertificate) => {
      const certificate = new X509Certificate(shown.raw);
      if (!isForHost(certificate, serverName)) {
        const text = hostMismatchText(certificate, serverName);
        return new Error(`tls: failed to verify certificate: ${text}`);
      }
      return isAllowed(certificate, settings) ? undefined : new Error(NOT_ALLOWED);
    },
  };
}

/**
 * Connects at once. What is written waits until the other side has shown who it is: nothing is told to strangers.
 */
export function connectSecurely(target: TlsTarget, files: ReloadingFiles): TLSSocket {
  const socket = connect({
    ...target.address,
    ...secureOptions(files, target.serverName),
    ALPNProtocols: ['h2'],
  });
  socket.cork();
  socket.once('secureConnect', () => socket.uncork());
  return socket;
}
