/** What is selected, in words and numbers; with nothing selected, the requests of clients so far. */
import { createMemo, type JSX, Match, Show, Switch } from 'solid-js';
import type { MessageView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Selection } from '../session/selection.js';
import type { Session } from '../session/session.js';
import { LinkPanel } from './LinkPanel.js';
import { MemberPanel } from './MemberPanel.js';
import { MessagePanel } from './MessagePanel.js';
import { OperationList } from './OperationList.js';
import { OperationPanel } from './OperationPanel.js';

export function Inspector(props: { readonly session: Session }): JSX.Element {
  const selection = () => props.session.selection();
  const member = () => {
    const chosen = selection();
    return chosen?.kind === 'member' ? props.session.view().members[chosen.id - 1] : undefined;
  };
  // A message that has arrived stays readable.
  const message = createMemo((last: MessageView | undefined) => {
    const chosen = selection();
    if (chosen?.kind !== 'message') return undefined;
    const found = props.session.view().messages.find((one) => one.id === chosen.id);
    return found ?? (last?.id === chosen.id ? last : undefined);
  });
  const operation = () => {
    const chosen = selection();
    if (chosen?.kind !== 'operation') return undefined;
    return props.session.view().operations.find((one) => one.id === chosen.id);
  };
  const link = () => {
    const chosen = selection();
    return chosen?.kind === 'link' ? chosen : undefined;
  };
  return (
    <section
      class="inspector"
      aria-label={t('page.inspector')}
      data-testid="inspector"
      data-selected={selection()?.kind}
    >
      <header class="panel-head">
        <h2>{titleOf(selection())}</h2>
        <Show when={selection() !== null}>
          <button
            type="button"
            class="plain"
            aria-label={t('inspect.close')}
            data-action="deselect"
            data-testid="deselect"
            onClick={() => props.session.select(null)}
          >
            ✕
          </button>
        </Show>
      </header>
      <Switch fallback={<p class="quiet">{t('inspect.gone')}</p>}>
        <Match when={selection() === null}>
          <p class="quiet small">{t('inspect.hint')}</p>
          <OperationList session={props.session} />
        </Match>
        <Match when={member()}>{(shown) => <MemberPanel session={props.session} member={shown()} />}</Match>
        <Match when={message()}>
          {(shown) => <MessagePanel session={props.session} message={shown()} />}
        </Match>
        <Match when={operation()}>
          {(shown) => <OperationPanel session={props.session} operation={shown()} />}
        </Match>
        <Match when={link()}>
          {(shown) => <LinkPanel session={props.session} from={shown().from} to={shown().to} />}
        </Match>
      </Switch>
    </section>
  );
}

function titleOf(selection: Selection | null): string {
  switch (selection?.kind) {
    case 'member':
      return t('inspect.member', { id: selection.id });
    case 'message':
      return t('inspect.message');
    case 'operation':
      return t('inspect.operation', { id: selection.id });
    case 'link':
      return t('inspect.link', { from: selection.from, to: selection.to });
    default:
      return t('page.inspector');
  }
}
