/** What proves that this is a run of the server's code and can be had again: seed, event, hash. */
import { type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';

export function Foot(props: { readonly session: Session }): JSX.Element {
  const view = () => props.session.view();
  const origin = () => props.session.origin();
  return (
    <footer
      class="foot small quiet"
      data-testid="foot"
      data-seed={origin().seed}
      data-event={view().event}
      data-hash={view().hash}
      data-time={view().timeMs}
    >
      <span>
        {t('foot.seed')} {origin().seed}
      </span>
      <span>
        {t('foot.event')} {view().event}
      </span>
      <span>
        {t('foot.time')} {(view().timeMs / 1_000).toFixed(3)} s
      </span>
      <span>
        {t('foot.hash')} <code>{view().hash}</code>
      </span>
      <Show when={origin().mutants.length > 0}>
        <strong class="foot-mutants">
          {t('foot.mutants', {
            names: origin()
              .mutants.map((name) => t(`mutant.${name}`))
              .join(', '),
          })}
        </strong>
      </Show>
      <span class="foot-truth">{t('foot.truth')}</span>
    </footer>
  );
}
