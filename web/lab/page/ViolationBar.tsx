/** Red across the stage once a rule is broken: which, between whom, at which entry, and the way to the event before. */
import { type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';

export function ViolationBar(props: { readonly session: Session }): JSX.Element {
  const first = () => props.session.view().violations[0];
  return (
    <Show when={first()}>
      {(violation) => (
        <div class="violation" role="alert" data-testid="violation" data-invariant={violation().invariant}>
          <div>
            <strong>{t('violation.title', { name: t(`invariant.${violation().invariant}`) })}</strong>
            <span class="violation-where">
              {[
                violation()
                  .members.map((id) => `m${id}`)
                  .join(', '),
                violation().index > 0 ? t('violation.entry', { index: violation().index }) : '',
              ]
                .filter((part) => part !== '')
                .join(' · ')}
            </span>
            <p class="small">{violation().message}</p>
          </div>
          <button
            type="button"
            data-action="jump-to-violation"
            data-testid="jump-to-violation"
            onClick={() => {
              props.session.pause();
              props.session.seek(violation().event - 1);
            }}
          >
            {t('violation.jump')}
          </button>
        </div>
      )}
    </Show>
  );
}
