import type { JSX } from 'solid-js';
import type { Session } from '../session/session.js';

export function GalleryDialog(props: {
  readonly session: Session;
  readonly onClose: () => void;
}): JSX.Element {
  props.onClose();
  return null;
}
