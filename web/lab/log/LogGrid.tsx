/**
 * The logs of all members, index under index. The columns follow the newest entry unless the reader went back; the marks
 * below a row are what the present leader knows of that member (match) and sends it next.
 */
import { createMemo, createSignal, Index, type JSX, onCleanup, onMount, Show } from 'solid-js';
import type { MemberView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { stateOf } from '../stage/member-look.js';
import { classes } from '../theme/classes.js';
import { termClass } from '../theme/term-style.js';
import { presentLeader } from './box.js';
import { KeyStrip } from './KeyStrip.js';
import { LogBox } from './LogBox.js';

const COLUMN_WIDTH = 30;
const COLUMNS_MIN = 4;

export function LogGrid(props: { readonly session: Session }): JSX.Element {
  let track!: HTMLDivElement;
  const [columnCount, setColumnCount] = createSignal(20);
  /** The first column, if the reader went back; null follows the newest entry. */
  const [pinned, setPinned] = createSignal<number | null>(null);
  onMount(() => {
    const observer = new ResizeObserver(() =>
      setColumnCount(Math.max(COLUMNS_MIN, Math.floor(track.clientWidth / COLUMN_WIDTH))),
    );
    observer.observe(track);
    onCleanup(() => observer.disconnect());
  });
  const members = () => props.session.view().members;
  const standing = createMemo(() => members().filter((member) => member.state !== 'absent'));
  const lastIndex = createMemo(() => members().reduce((last, member) => Math.max(last, member.lastIndex), 0));
  const newestStart = () => Math.max(1, lastIndex() - columnCount() + 1);
  const start = () => Math.min(pinned() ?? newestStart(), newestStart());
  const columns = createMemo(() => Array.from({ length: columnCount() }, (_, i) => start() + i));
  const leader = createMemo(() => presentLeader(members()));
  const move = (by: number) => {
    const next = Math.max(1, start() + by);
    setPinned(next >= newestStart() ? null : next);
  };
  return (
    <section class="logs" aria-label={t('log.label')} data-testid="logs">
      <div class="log-head">
        <h2>{t('page.logs')}</h2>
        <div class="log-indexes" ref={track} aria-hidden="true">
          <Index each={columns()}>{(index) => <span class="log-index">{index()}</span>}</Index>
        </div>
        <div class="log-moves">
          <button
            type="button"
            class="plain"
            aria-label={t('log.earlier')}
            onClick={() => move(-8)}
            disabled={start() <= 1}
          >
            ‹
          </button>
          <button
            type="button"
            class="plain"
            aria-label={t('log.later')}
            onClick={() => move(8)}
            disabled={pinned() === null}
          >
            ›
          </button>
          <button
            type="button"
            class="plain"
            aria-label={t('log.follow')}
            onClick={() => setPinned(null)}
            disabled={pinned() === null}
          >
            »
          </button>
        </div>
      </div>
      <Index each={standing()}>
        {(member) => (
          <LogRow session={props.session} member={member()} columns={columns()} leader={leader()} />
        )}
      </Index>
    </section>
  );
}

function LogRow(props: {
  readonly session: Session;
  readonly member: MemberView;
  readonly columns: readonly number[];
  readonly leader: MemberView | undefined;
}): JSX.Element {
  const progress = () => props.leader?.progress.find((one) => one.member === props.member.id);
  const isFollower = () => props.leader !== undefined && props.leader.id !== props.member.id;
  return (
    <div
      class={classes(`log-row state-${stateOf(props.member)}`, {
        leads: props.leader?.id === props.member.id,
      })}
      data-testid="log-row"
      data-member={props.member.id}
    >
      <button
        type="button"
        class={`log-member plain ${termClass(props.member.term)}`}
        onClick={() => props.session.select({ kind: 'member', id: props.member.id })}
      >
        <span class="visually-hidden">{t('log.member')}</span>
        <span class="log-member-name">{props.member.id}</span>
        <span class="log-member-term">{props.member.term > 0 ? `t${props.member.term}` : ''}</span>
      </button>
      <div class="log-boxes">
        <Index each={props.columns}>
          {(index) => (
            <LogBox
              session={props.session}
              member={props.member}
              index={index()}
              leader={props.leader}
              match={isFollower() ? progress()?.match : undefined}
              next={isFollower() ? progress()?.next : undefined}
            />
          )}
        </Index>
        <Show when={props.member.firstIndex > 1 && (props.columns[0] ?? 1) < props.member.firstIndex}>
          <span class="log-compacted small quiet">
            {t('log.compacted', { index: props.member.firstIndex - 1 })}
          </span>
        </Show>
      </div>
      <KeyStrip member={props.member} />
    </div>
  );
}
