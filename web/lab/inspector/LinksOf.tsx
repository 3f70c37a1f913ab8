/** The links of a member as buttons, for those who do not click on lines. */
import { For, type JSX } from 'solid-js';
import type { MemberView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { linkCut } from '../stage/link-look.js';

export function LinksOf(props: { readonly session: Session; readonly member: MemberView }): JSX.Element {
  const others = () =>
    props.session
      .view()
      .members.filter((other) => other.id !== props.member.id && other.state !== 'absent')
      .map((other) => other.id);
  const cutTo = (other: number) => linkCut(props.session.view().cuts, props.member.id, other) !== 'none';
  return (
    <div class="links-of">
      <h3>{t('inspect.links')}</h3>
      <div class="row">
        <For each={others()}>
          {(other) => (
            <button
              type="button"
              aria-pressed={cutTo(other)}
              aria-label={`${t('inspect.link', { from: props.member.id, to: other })}: ${cutTo(other) ? t('act.heal-link') : t('act.cut')}`}
              data-action="toggle-link"
              data-testid="toggle-link"
              data-to={other}
              onClick={() => {
                props.session.act({
                  kind: cutTo(other) ? 'heal-link' : 'cut-link',
                  from: props.member.id,
                  to: other,
                  oneWay: false,
                });
              }}
            >
              {props.member.id} {cutTo(other) ? '⇹' : '–'} {other}
            </button>
          )}
        </For>
      </div>
    </div>
  );
}
