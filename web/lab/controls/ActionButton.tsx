/** A button that does something to the run; `data-action` is its name for tests. */
import { type JSX, Show } from 'solid-js';
import { type TextKey, t } from '../i18n/index.js';

export function ActionButton(props: {
  readonly name: string;
  readonly text: TextKey;
  readonly onAct: () => void;
  /** Path data of a sign that stands for the text, which is then told by the tooltip. */
  readonly icon?: string;
  readonly primary?: boolean;
  readonly disabled?: boolean;
}): JSX.Element {
  return (
    <button
      type="button"
      classList={{ primary: props.primary === true }}
      aria-label={props.icon === undefined ? undefined : t(props.text)}
      title={props.icon === undefined ? undefined : t(props.text)}
      data-action={props.name}
      data-testid={props.name}
      disabled={props.disabled === true}
      onClick={() => props.onAct()}
    >
      <Show when={props.icon} fallback={t(props.text)}>
        {(path) => <Icon path={path()} />}
      </Show>
    </button>
  );
}

export function Icon(props: { readonly path: string }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={props.path} />
    </svg>
  );
}
