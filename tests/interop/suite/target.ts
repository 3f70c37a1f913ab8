/** What a case is played against: how many members, how they are reached, and in which protocol. */

export type Members = 1 | 3;
export type Security = 'plain' | 'tls';
export type Protocol = 'grpc' | 'gateway';

/** One kind of cluster; both protocols are spoken to the same one. */
export interface Setting {
  readonly members: Members;
  readonly security: Security;
}

export interface Target extends Setting {
  readonly protocol: Protocol;
}

export const MEMBERS: readonly Members[] = [1, 3];
export const SECURITIES: readonly Security[] = ['plain', 'tls'];
export const PROTOCOLS: readonly Protocol[] = ['grpc', 'gateway'];

export function describeSetting({ members, security }: Setting): string {
  return `${members === 1 ? 'one member' : `${members} members`}, ${security}`;
}

export function describeTarget(target: Target): string {
  return `${describeSetting(target)}, ${target.protocol}`;
}
