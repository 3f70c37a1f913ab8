/**
 * One member on the stage. Role and state have a shape each, so that they read without colour: a thin ring follows, a
 * dashed one campaigns (a pip for each voter, filled once the vote is won), a double one with a crown leads; crossed out
 * is crashed, hatched is paused, a square learns. The ring outside is the time-out running down.
 */
import { For, type JSX, Show } from 'solid-js';
import type { MemberView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { classes } from '../theme/classes.js';
import { termClass } from '../theme/term-style.js';
import { CROWN } from './crown.js';
import { MEMBER_RADIUS, type Point, TIMER_RADIUS } from './geometry.js';
import { isRunning, roleOf, stateOf } from './member-look.js';
import { TimerRing } from './TimerRing.js';

export function Member(props: {
  readonly session: Session;
  readonly member: MemberView;
  readonly at: Point;
}): JSX.Element {
  const role = () => roleOf(props.member);
  const state = () => stateOf(props.member);
  const selected = () => {
    const selection = props.session.selection();
    return selection?.kind === 'member' && selection.id === props.member.id;
  };
  const select = () => props.session.select({ kind: 'member', id: props.member.id });
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a button element cannot be part of a drawing. */}
      <g
        class={classes(`member role-${role()} state-${state()} ${termClass(props.member.term)}`, {
          selected: selected(),
          highlit: props.session.isHighlit(props.member.id),
        })}
        transform={placeOf(props.at)}
        role="button"
        tabindex="0"
        aria-label={t('stage.member', {
          id: props.member.id,
          role: t(`role.${role()}`),
          state: t(`state.${state()}`),
          term: props.member.term,
          commit: props.member.commit,
          applied: props.member.applied,
        })}
        aria-pressed={selected()}
        data-testid="member"
        data-member={props.member.id}
        data-role={role()}
        data-state={state()}
        data-engine-state={props.member.state}
        data-learner={props.member.learner}
        data-term={props.member.term}
        data-vote={props.member.vote}
        data-leader={props.member.leader}
        data-commit={props.member.commit}
        data-applied={props.member.applied}
        data-last={props.member.lastIndex}
        data-durable={props.member.durableIndex}
        data-revision={props.member.revision}
        onClick={select}
        onKeyDown={(event) => {
          if (event.key === 'Enter') select();
        }}
      >
        <circle class="member-halo" r={TIMER_RADIUS + 8} />
        <Show when={isRunning(props.member)}>
          <TimerRing session={props.session} member={props.member} />
        </Show>
        <Body member={props.member} />
        <Show when={role() === 'leader' && isRunning(props.member)}>
          <path class="crown" d={CROWN} transform={`translate(0 ${-TIMER_RADIUS - 5})`} />
        </Show>
        <Votes member={props.member} />
      </g>
      <Texts member={props.member} at={props.at} />
    </>
  );
}

/** Beside the button, not in it: its name for screen readers says more than these. */
function Texts(props: { readonly member: MemberView; readonly at: Point }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a group of texts takes no focus.
    <g class={`state-${stateOf(props.member)}`} aria-hidden="true" transform={placeOf(props.at)}>
      <text class="member-name" y="-2">
        {props.member.id}
      </text>
      <text class="member-term" y="13">
        {props.member.term > 0 ? `t${props.member.term}` : ''}
      </text>
      <Notes member={props.member} />
    </g>
  );
}

const placeOf = (at: Point): string => `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`;

/** The shape itself: ground, texture of the term, rings. */
function Body(props: { readonly member: MemberView }): JSX.Element {
  const side = 2 * MEMBER_RADIUS - 6;
  const leads = () => roleOf(props.member) === 'leader' && isRunning(props.member);
  return (
    <Show
      when={!props.member.learner}
      fallback={
        <>
          <rect class="member-body" x={-side / 2} y={-side / 2} width={side} height={side} rx="4" />
          <rect class="member-texture" x={-side / 2} y={-side / 2} width={side} height={side} rx="4" />
        </>
      }
    >
      <circle class="member-body" r={MEMBER_RADIUS} />
      <circle class="member-texture" r={MEMBER_RADIUS} />
      <Show when={leads()}>
        <circle class="member-inner" r={MEMBER_RADIUS - 4.5} />
      </Show>
      <Show when={props.member.state === 'down'}>
        <path class="member-cross" d="M-19 -19L19 19M19 -19L-19 19" />
      </Show>
    </Show>
  );
}

/** A pip for each voter of a campaign. */
function Votes(props: { readonly member: MemberView }): JSX.Element {
  const campaigns = () => props.member.role === 'candidate' || props.member.role === 'pre-candidate';
  const voters = () => props.member.configuration.voters;
  return (
    <Show when={campaigns() && isRunning(props.member)}>
      <g class="votes" transform={`translate(${(-(voters().length - 1) * 8) / 2} ${TIMER_RADIUS + 9})`}>
        <For each={voters()}>
          {(voter, place) => (
            <circle
              class="vote-pip"
              classList={{
                granted: props.member.votesGranted.includes(voter),
                refused: props.member.votesRefused.includes(voter),
              }}
              cx={place() * 8}
              r="3"
            />
          )}
        </For>
      </g>
    </Show>
  );
}

/** What is unusual about its disk or clock. */
function Notes(props: { readonly member: MemberView }): JSX.Element {
  const notes = () => {
    const list: string[] = [];
    if (props.member.diskSlow) list.push(`${t('field.disk')}: ${t('field.ms', { ms: props.member.diskMs })}`);
    if (props.member.clockRate !== 1) list.push(`${t('field.clock')}: ${props.member.clockRate}×`);
    return list.join(' · ');
  };
  return (
    <Show when={notes() !== ''}>
      <text class="member-note" y={TIMER_RADIUS + 26}>
        {notes()}
      </text>
    </Show>
  );
}
