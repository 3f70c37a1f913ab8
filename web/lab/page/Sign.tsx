/** The signs of the help sheet, drawn with the classes of the page itself, so that they cannot differ. */
import { type JSX, Match, Show, Switch } from 'solid-js';
import { CROWN } from '../stage/crown.js';

export type SignName =
  | 'follower'
  | 'candidate'
  | 'leader'
  | 'crashed'
  | 'paused'
  | 'learner'
  | 'dashed'
  | 'solid'
  | 'filled'
  | 'tick'
  | 'strike'
  | 'markers'
  | 'cut';

const BOXES: Readonly<Partial<Record<SignName, string>>> = {
  dashed: 'box-dashed',
  solid: 'box-solid',
  filled: 'box-filled',
  tick: 'box-solid',
  strike: 'box-dashed struck',
};

const MEMBERS: Readonly<Partial<Record<SignName, string>>> = {
  follower: 'role-follower state-up',
  candidate: 'role-candidate state-up',
  leader: 'role-leader state-up',
  crashed: 'role-follower state-down',
  paused: 'role-follower state-paused',
};

export function Sign(props: { readonly name: SignName }): JSX.Element {
  return (
    <span class="sign" aria-hidden="true">
      <Switch>
        <Match when={BOXES[props.name]}>
          {(style) => (
            <span class={`log-box sign-box term-2 ${style()}`}>
              2
              <Show when={props.name === 'tick'}>
                <svg class="log-tick" viewBox="0 0 8 8" aria-hidden="true">
                  <path d="M1 4.5L3 6.5L7 1.5" />
                </svg>
              </Show>
            </span>
          )}
        </Match>
        <Match when={MEMBERS[props.name]}>
          {(style) => <MemberSign name={props.name} style={style()} />}
        </Match>
        <Match when={props.name === 'learner'}>
          <svg viewBox="-40 -40 80 80" class="member role-learner state-up term-1" aria-hidden="true">
            <rect class="member-body" x="-24" y="-24" width="48" height="48" rx="4" />
          </svg>
        </Match>
        <Match when={props.name === 'markers'}>▲ △</Match>
        <Match when={props.name === 'cut'}>
          <svg viewBox="-20 -20 40 40" class="link cut-both" aria-hidden="true">
            <path class="link-line" d="M-20 0H-6M6 0H20" />
            <g class="link-cut">
              <path d="M-4 -7V7M4 -7V7" />
            </g>
          </svg>
        </Match>
      </Switch>
    </span>
  );
}

function MemberSign(props: { readonly name: SignName; readonly style: string }): JSX.Element {
  return (
    <svg viewBox="-40 -52 80 92" class={`member term-1 ${props.style}`} aria-hidden="true">
      <Show when={props.name !== 'crashed'}>
        <circle class="timer-track" r="36" />
        <circle class="timer" r="36" transform="rotate(-90)" pathLength="1" stroke-dasharray="0.7 2" />
      </Show>
      <circle class="member-body" r="26" />
      <Show when={props.name === 'paused'}>
        <path class="texture-line" d="M-18 18L18 -18M-24 6L6 -24M-6 24L24 -6" stroke-width="4" />
      </Show>
      <Show when={props.name === 'leader'}>
        <circle class="member-inner" r="20" />
        <path class="crown" d={CROWN} transform="translate(0 -38)" />
      </Show>
      <Show when={props.name === 'crashed'}>
        <path class="member-cross" d="M-18 -18L18 18M18 -18L-18 18" />
      </Show>
    </svg>
  );
}
