import type { JSX } from 'solid-js';
import type { Session } from '../session/session.js';

export function ShareButton(_props: { readonly session: Session }): JSX.Element {
  return null;
}
