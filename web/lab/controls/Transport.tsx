/** Play, pause, step, speed, the scrubber with its marks, and the branches. */
import { For, type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.js';
import { type Session, SPEEDS } from '../session/session.js';
import { ActionButton } from './ActionButton.js';
import { PlayButton } from './PlayButton.js';
import { Scrubber } from './Scrubber.js';

export function Transport(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  return (
    <div class="transport">
      <div class="row">
        <ActionButton
          name="last-mark"
          text="transport.last-mark"
          icon="M4 3V13M13 3L6 8L13 13Z"
          onAct={() => session.seekMark(-1)}
        />
        <ActionButton
          name="step-back"
          text="transport.step-back"
          icon="M11 3L4 8L11 13Z"
          onAct={() => session.stepEvents(-1)}
        />
        <PlayButton session={session} testId="play" />
        <ActionButton
          name="step"
          text="transport.step"
          icon="M5 3L12 8L5 13Z"
          onAct={() => session.stepEvents(1)}
        />
        <ActionButton
          name="next-mark"
          text="transport.next-mark"
          icon="M3 3L10 8L3 13ZM12 3V13"
          onAct={() => session.seekMark(1)}
        />
        <Speed session={session} />
      </div>
      <Scrubber session={session} />
      <div class="row">
        <Show when={!session.isLive()}>
          <ActionButton
            name="to-end"
            text="transport.to-end"
            onAct={() => session.seek(Number.MAX_SAFE_INTEGER)}
          />
        </Show>
        <Show when={session.branches().length > 1}>
          <Branches session={session} />
        </Show>
      </div>
    </div>
  );
}

function Speed(props: { readonly session: Session }): JSX.Element {
  return (
    <label class="row small">
      <span class="quiet">{t('transport.speed')}</span>
      <select
        data-testid="speed"
        onChange={(event) => props.session.setSpeed(Number(event.currentTarget.value))}
      >
        <For each={SPEEDS}>
          {(speed) => (
            <option value={speed} selected={speed === props.session.speed()}>
              {speed}×
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

function Branches(props: { readonly session: Session }): JSX.Element {
  return (
    <label class="row small">
      <span class="quiet">{t('transport.branch')}</span>
      <select
        data-testid="branch"
        onChange={(event) => props.session.showBranch(Number(event.currentTarget.value))}
      >
        <For each={props.session.branches()}>
          {(branch) => (
            <option value={branch.number} selected={branch.run === props.session.run()}>
              {branch.fromEvent === 0
                ? t('transport.branch-root', { number: branch.number })
                : t('transport.branch-name', { number: branch.number, event: branch.fromEvent })}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}
