/** Lets time go on, or stop. */
import type { JSX } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { Icon } from './ActionButton.js';

export function PlayButton(props: { readonly session: Session; readonly testId: string }): JSX.Element {
  const playing = () => props.session.playing();
  return (
    <button
      type="button"
      class="primary play"
      data-action={playing() ? 'pause' : 'play'}
      data-testid={props.testId}
      onClick={() => props.session.togglePlaying()}
    >
      <Icon path={playing() ? 'M5 3V13M11 3V13' : 'M5 3L12 8L5 13Z'} />
      {playing() ? t('transport.pause') : t('transport.play')}
    </button>
  );
}
