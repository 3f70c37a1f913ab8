/** Whose certificate a socket's other side has shown, remembered at the socket, which is all that HTTP/1.1 is given. */
import type { Socket } from 'node:net';

const CERTIFIED_NAME = Symbol('certified name');

interface CertifiedSocket extends Socket {
  [CERTIFIED_NAME]?: string;
}

export function rememberCertifiedName(socket: Socket, name: string): void {
  (socket as CertifiedSocket)[CERTIFIED_NAME] = name;
}

/** Undefined if it was not asked to show one as its user's. */
export function certifiedNameOf(socket: Socket): string | undefined {
  return (socket as CertifiedSocket)[CERTIFIED_NAME];
}
