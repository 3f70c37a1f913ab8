/** The election time-out running down around a member; a leader's ring is the time until its next heartbeat. */
import { type JSX, Show } from 'solid-js';
import type { MemberView } from '../../../src/lab/index.js';
import type { Session } from '../session/session.js';
import { TIMER_RADIUS } from './geometry.js';

/** Simulated. */
const FRESH_MS = 25;

export function TimerRing(props: { readonly session: Session; readonly member: MemberView }): JSX.Element {
  const timer = () => props.member.electionTimer ?? props.member.heartbeatTimer;
  /** The share that is left. A paused member's time stands still at what it was. */
  const left = () => {
    const running = timer();
    if (running === null) return 0;
    const whole = running.firesMs - running.startedMs;
    return whole <= 0 ? 0 : Math.min(1, Math.max(0, (running.firesMs - props.session.now()) / whole));
  };
  /** Just started anew: a heartbeat is seen to refill it. */
  const fresh = () => {
    const since = props.session.now() - (timer()?.startedMs ?? 0);
    return since >= 0 && since < FRESH_MS;
  };
  return (
    <Show when={timer() !== null}>
      <circle class="timer-track" r={TIMER_RADIUS} />
      <circle
        class="timer"
        classList={{
          'timer-heartbeat': props.member.electionTimer === null,
          'timer-fresh': props.member.electionTimer !== null && fresh(),
        }}
        r={TIMER_RADIUS}
        transform="rotate(-90)"
        pathLength="1"
        stroke-dasharray={`${left().toFixed(3)} 2`}
      />
    </Show>
  );
}
