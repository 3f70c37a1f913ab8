/** Copies a link that replays the run up to what is shown: seed, size, options and timed actions, in the fragment. */
import { createSignal, type JSX, Show } from 'solid-js';
import { encodeScript } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';

const COPIED_MS = 3000;

export function ShareButton(props: { readonly session: Session }): JSX.Element {
  const [copied, setCopied] = createSignal(false);
  const [manual, setManual] = createSignal('');
  const share = async (): Promise<void> => {
    const { event, hash } = props.session.view();
    const address = new URL(location.href);
    // A simulation is a link already, and no script.
    if (props.session.run().canAct) address.hash = encodeScript(props.session.script(), { event, hash });
    // The address bar shows it too, without a new place in the history.
    history.replaceState(null, '', address);
    try {
      await navigator.clipboard.writeText(address.href);
      setManual('');
      setCopied(true);
      setTimeout(() => setCopied(false), COPIED_MS);
    } catch {
      // Not a secure context, or not allowed: the reader copies it.
      setManual(address.href);
    }
  };
  return (
    <>
      <button type="button" data-testid="share-copy" onClick={() => void share()}>
        {copied() ? t('share.copied') : t('share.button')}
      </button>
      <Show when={manual() !== ''}>
        <label class="share-manual">
          {t('share.manual')}
          <input
            type="text"
            readOnly
            value={manual()}
            data-testid="share-link"
            onFocus={(event) => event.currentTarget.select()}
          />
        </label>
      </Show>
    </>
  );
}
