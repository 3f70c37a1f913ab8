/** What the keys do and what the signs mean. */
import { For, type JSX } from 'solid-js';
import { type TextKey, t } from '../i18n/index.js';
import { Dialog } from './Dialog.js';
import { Sign, type SignName } from './Sign.js';

const KEYS: readonly (readonly [string, TextKey])[] = [
  ['Space', 'help.space'],
  ['← →', 'help.arrows'],
  ['1 – 7', 'help.digits'],
  ['C', 'help.crash'],
  ['R', 'help.restart'],
  ['P', 'help.partition'],
  ['T', 'help.timeout'],
  ['Esc', 'help.escape'],
  ['?', 'help.help'],
];

const SIGNS: readonly SignName[] = [
  'follower',
  'candidate',
  'leader',
  'crashed',
  'paused',
  'learner',
  'dashed',
  'solid',
  'filled',
  'tick',
  'strike',
  'markers',
  'cut',
];

export function HelpDialog(props: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title={t('help.title')} testId="help" onClose={props.onClose}>
      <h3>{t('help.keys')}</h3>
      <dl class="help-keys">
        <For each={KEYS}>
          {([key, text]) => (
            <>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{t(text)}</dd>
            </>
          )}
        </For>
      </dl>
      <h3>{t('help.signs')}</h3>
      <ul class="help-signs">
        <For each={SIGNS}>
          {(name) => (
            <li>
              <Sign name={name} />
              {t(`help.${name}`)}
            </li>
          )}
        </For>
      </ul>
    </Dialog>
  );
}
