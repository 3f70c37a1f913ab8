import type { JSX } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';

export function StoryPanel(_props: { readonly session: Session }): JSX.Element {
  return <p>{t('stage.hint')}</p>;
}
