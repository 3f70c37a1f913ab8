import type { Session } from '../session/session.js';

export function openFragment(_session: Session, _hash: string): Promise<boolean> {
  return Promise.resolve(false);
}
