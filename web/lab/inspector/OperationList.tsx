/** The newest requests of clients, each a button to its path. */
import { For, type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { operationText } from './operation-text.js';

const LISTED = 12;

export function OperationList(props: { readonly session: Session }): JSX.Element {
  const newest = () => props.session.view().operations.slice(-LISTED).reverse();
  return (
    <>
      <h3>{t('operation.list')}</h3>
      <Show when={newest().length > 0} fallback={<p class="small quiet">{t('operation.none')}</p>}>
        <ul class="operations">
          <For each={newest()}>
            {(operation) => (
              <li>
                <button
                  type="button"
                  class="plain operation"
                  data-testid="operation"
                  data-operation={operation.id}
                  data-kind={operation.kind}
                  data-status={operation.status}
                  data-stale={operation.stale}
                  data-result={operation.result}
                  onClick={() => props.session.select({ kind: 'operation', id: operation.id })}
                >
                  <span>{operationText(operation)}</span>
                  <span class={`operation-status status-${operation.stale ? 'stale' : operation.status}`}>
                    {operation.stale
                      ? `${operation.result} · ${t('operation.stale')}`
                      : operation.result || t(`operation.${operation.status}`)}
                  </span>
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </>
  );
}
