/** A modal sheet: the browser's own dialog, which keeps the focus inside and closes on Escape. */
import { type JSX, onMount } from 'solid-js';
import { t } from '../i18n/index.js';

export function Dialog(props: {
  readonly title: string;
  readonly testId: string;
  readonly onClose: () => void;
  readonly children: JSX.Element;
}): JSX.Element {
  let element!: HTMLDialogElement;
  onMount(() => element.showModal());
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-label={props.title}
      data-testid={props.testId}
      on:close={() => props.onClose()}
      on:click={(event) => {
        // A click on the backdrop reaches the dialog element itself.
        if (event.target === element) element.close();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2>{props.title}</h2>
          <button type="button" class="plain" aria-label={t('page.close')} onClick={() => element.close()}>
            ✕
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
