/** A client's request: the way it goes, ticked off step by step. */
import { For, type JSX, Show } from 'solid-js';
import type { OperationView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { operationText, stepText } from './operation-text.js';

export function OperationPanel(props: {
  readonly session: Session;
  readonly operation: OperationView;
}): JSX.Element {
  return (
    <>
      <p class="inspect-name">{operationText(props.operation)}</p>
      <h3>{t('operation.path')}</h3>
      <ol class="path">
        <For each={props.operation.steps}>
          {(step) => (
            <li
              classList={{ done: step.ms !== undefined }}
              data-testid="operation-step"
              data-step={step.step}
              data-done={step.ms !== undefined}
            >
              <svg class="path-tick" viewBox="0 0 12 12" aria-hidden="true">
                <circle cx="6" cy="6" r="5" />
                <Show when={step.ms !== undefined}>
                  <path d="M3.5 6.2L5.3 8L8.6 4" />
                </Show>
              </svg>
              <span>{stepText(props.operation, step.step)}</span>
              <Show when={step.event !== undefined} fallback={<span />}>
                <button
                  type="button"
                  class="plain small quiet"
                  onClick={() => props.session.seek(step.event!)}
                >
                  +{Math.round(step.ms! - props.operation.calledMs)} ms
                </button>
              </Show>
            </li>
          )}
        </For>
      </ol>
      <p>
        <span class="quiet">{t('operation.result')}: </span>
        <strong>{props.operation.result || t(`operation.${props.operation.status}`)}</strong>
        <Show when={props.operation.revision > 0}>
          <span class="quiet"> r{props.operation.revision}</span>
        </Show>
        <Show when={props.operation.stale}>
          <strong class="stale-mark">{t('operation.stale')}</strong>
        </Show>
      </p>
    </>
  );
}
