/** One entry of one member: dashed, solid or filled, by what the member knows of it. */
import { createMemo, type JSX, Show } from 'solid-js';
import type { MemberView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { classes } from '../theme/classes.js';
import { termClass } from '../theme/term-style.js';
import { type Box, boxOf, entryAt } from './box.js';
import { boxText } from './box-text.js';

export function LogBox(props: {
  readonly session: Session;
  readonly member: MemberView;
  readonly index: number;
  readonly leader: MemberView | undefined;
  readonly match: number | undefined;
  readonly next: number | undefined;
}): JSX.Element {
  const box = createMemo(
    (): Box | undefined => {
      const entry = entryAt(props.member, props.index);
      return entry === undefined ? undefined : boxOf(props.member, entry, props.leader);
    },
    undefined,
    { equals: sameBox },
  );
  return (
    <span class="log-cell">
      <Show when={box()}>
        {(shown) => <BoxButton session={props.session} member={props.member} box={shown()} />}
      </Show>
      <Show when={props.match === props.index && props.index > 0}>
        <span
          class="log-mark"
          title={t('log.match')}
          data-testid="log-match"
          data-member={props.member.id}
          data-index={props.index}
        >
          ▲
        </span>
      </Show>
      <Show when={props.next === props.index}>
        <span
          class="log-mark next"
          title={t('log.next')}
          data-testid="log-next"
          data-member={props.member.id}
          data-index={props.index}
        >
          △
        </span>
      </Show>
    </span>
  );
}

function BoxButton(props: {
  readonly session: Session;
  readonly member: MemberView;
  readonly box: Box;
}): JSX.Element {
  const entry = () => props.box.entry;
  return (
    <button
      type="button"
      class={classes(`log-box box-${props.box.style} ${termClass(entry().term)}`, {
        struck: props.box.struck,
        client: entry().operation !== 0,
      })}
      tabindex="-1"
      title={boxText(props.member.id, props.box)}
      aria-label={boxText(props.member.id, props.box)}
      data-testid="log-box"
      data-member={props.member.id}
      data-index={entry().index}
      data-term={entry().term}
      data-kind={entry().kind}
      data-summary={entry().summary}
      data-box={props.box.style}
      data-durable={props.box.durable}
      data-struck={props.box.struck}
      onClick={() => {
        const { operation } = props.box.entry;
        props.session.select(
          operation === 0 ? { kind: 'member', id: props.member.id } : { kind: 'operation', id: operation },
        );
      }}
    >
      {entry().term}
      <Show when={props.box.durable}>
        <svg class="log-tick" viewBox="0 0 8 8" aria-hidden="true">
          <path d="M1 4.5L3 6.5L7 1.5" />
        </svg>
      </Show>
    </button>
  );
}

function sameBox(a: Box | undefined, b: Box | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.entry === b.entry && a.style === b.style && a.durable === b.durable && a.struck === b.struck;
}
