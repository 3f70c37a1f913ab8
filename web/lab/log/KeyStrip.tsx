/** The keys and values of a member in one line, and their revision. */
import { For, type JSX } from 'solid-js';
import type { MemberView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';

export function KeyStrip(props: { readonly member: MemberView }): JSX.Element {
  return (
    <div class="key-strip">
      <span class="key-revision quiet" title={t('log.revision', { revision: props.member.revision })}>
        r{props.member.revision}
      </span>
      <For each={props.member.kv}>
        {(pair) => (
          <span
            class="key-value"
            title={`${pair.key} = ${pair.value}, ${t('log.revision', { revision: pair.modRevision })}`}
            data-testid="key-value"
            data-member={props.member.id}
            data-key={pair.key}
            data-value={pair.value}
            data-revision={pair.modRevision}
          >
            {pair.key}={pair.value}
            <sub>{pair.modRevision}</sub>
          </span>
        )}
      </For>
    </div>
  );
}
