/** What can be done to a member, as far as its state allows it. */
import { For, type JSX } from 'solid-js';
import type { LabAction, MemberView } from '../../../src/lab/index.js';
import { type TextKey, t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { stateOf } from '../stage/member-look.js';
import { ActionButton } from './ActionButton.js';
import { isolate, serving } from './compose.js';

/** A slow disk is slower than an election time-out is patient with. */
const SLOW_DISK_MS = 400;
const CLOCK_RATES: readonly number[] = [0.5, 1, 2];

interface Choice {
  readonly name: string;
  readonly text: TextKey;
  readonly possible: boolean;
  readonly action: () => LabAction;
}

export function MemberActions(props: {
  readonly session: Session;
  readonly member: MemberView;
}): JSX.Element {
  const choices = () => choicesOf(props.member, props.session).filter((choice) => choice.possible);
  return (
    <div class="actions">
      <div class="row wrap">
        <For each={choices()}>
          {(choice) => (
            <ActionButton
              name={choice.name}
              text={choice.text}
              onAct={() => props.session.act(choice.action())}
            />
          )}
        </For>
      </div>
      <label class="row small">
        <span class="quiet">{t('act.clock')}</span>
        <select
          data-action="clock-rate"
          disabled={stateOf(props.member) !== 'up'}
          onChange={(event) =>
            props.session.act({
              kind: 'clock-rate',
              member: props.member.id,
              rate: Number(event.currentTarget.value),
            })
          }
        >
          <For each={CLOCK_RATES}>
            {(rate) => (
              <option value={rate} selected={rate === props.member.clockRate}>
                {rate}×
              </option>
            )}
          </For>
        </select>
      </label>
    </div>
  );
}

function choicesOf(member: MemberView, session: Session): Choice[] {
  return [...ofProcess(member), ...ofMachine(member, session), ...ofMembership(member, session)];
}

function ofProcess(member: MemberView): Choice[] {
  const { id } = member;
  const state = stateOf(member);
  const running = state === 'up' || state === 'paused';
  return [
    {
      name: 'crash',
      text: 'act.crash',
      possible: running,
      action: () => ({ kind: 'crash', member: id, losesUnsynced: false }),
    },
    {
      name: 'crash-losing',
      text: 'act.crash-losing',
      possible: running,
      action: () => ({ kind: 'crash', member: id, losesUnsynced: true }),
    },
    {
      name: 'restart',
      text: 'act.restart',
      possible: state === 'down',
      action: () => ({ kind: 'restart', member: id }),
    },
    {
      name: 'pause-member',
      text: 'act.pause',
      possible: state === 'up',
      action: () => ({ kind: 'pause', member: id }),
    },
    {
      name: 'resume-member',
      text: 'act.resume',
      possible: state === 'paused',
      action: () => ({ kind: 'resume', member: id }),
    },
  ];
}

function ofMachine(member: MemberView, session: Session): Choice[] {
  const { id } = member;
  const up = stateOf(member) === 'up';
  return [
    {
      name: 'isolate',
      text: 'act.isolate',
      possible: true,
      action: () => isolate(session.view().members, id),
    },
    {
      name: 'slow-disk',
      text: 'act.slow-disk',
      possible: up && !member.diskSlow,
      action: () => ({ kind: 'slow-disk', member: id, writeMs: SLOW_DISK_MS }),
    },
    {
      name: 'normal-disk',
      text: 'act.normal-disk',
      possible: up && member.diskSlow,
      action: () => ({ kind: 'normal-disk', member: id }),
    },
    { name: 'cut-log', text: 'act.snapshot', possible: up, action: () => ({ kind: 'cut-log', member: id }) },
  ];
}

function ofMembership(member: MemberView, session: Session): Choice[] {
  const { id } = member;
  const state = stateOf(member);
  const via = serving(session.view().members, id);
  const canLead = state === 'up' && member.role !== 'leader' && !member.learner;
  return [
    {
      name: 'campaign',
      text: 'act.campaign',
      possible: canLead,
      action: () => ({ kind: 'campaign', member: id }),
    },
    {
      name: 'transfer',
      text: 'act.transfer',
      possible: canLead,
      action: () => ({ kind: 'transfer-leader', to: id }),
    },
    {
      name: 'promote',
      text: 'act.promote',
      possible: member.learner && via !== 0,
      action: () => ({ kind: 'promote', via, member: id }),
    },
    {
      name: 'remove',
      text: 'act.remove',
      possible: state !== 'absent' && via !== 0,
      action: () => ({ kind: 'remove', via, member: id }),
    },
  ];
}
