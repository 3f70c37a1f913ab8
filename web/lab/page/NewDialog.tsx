/** A cluster from a seed: how many members, with which options, and which rules are switched off. */
import { For, type JSX } from 'solid-js';
import {
  DEFAULT_LAB_OPTIONS,
  type LabOptions,
  type LabScript,
  labScript,
  MUTANT_NAMES,
} from '../../../src/lab/index.js';
import { type TextKey, t } from '../i18n/index.js';
import { storyOf } from '../lessons/story.js';
import type { Session } from '../session/session.js';
import { Dialog } from './Dialog.js';

const SIZES: readonly number[] = [3, 4, 5, 6, 7];
const SWITCHES = ['preVote', 'checkQuorum', 'leaseReads'] as const;
const SWITCH_TEXTS: Readonly<Record<(typeof SWITCHES)[number], TextKey>> = {
  preVote: 'new.pre-vote',
  checkQuorum: 'new.check-quorum',
  leaseReads: 'new.lease-reads',
};
/** Name, text, least and greatest value. */
const NUMBERS: readonly (readonly [
  'heartbeatMs' | 'electionMs' | 'messageMs' | 'messageJitterMs' | 'diskMs',
  TextKey,
  number,
  number,
])[] = [
  ['heartbeatMs', 'new.heartbeat', 10, 5_000],
  ['electionMs', 'new.election', 100, 60_000],
  ['messageMs', 'new.delay', 0, 1_000],
  ['messageJitterMs', 'new.jitter', 0, 1_000],
  ['diskMs', 'new.disk', 0, 1_000],
];
const SEED_MAX = 2 ** 32;
const SIZE_USUAL = 5;

export function NewDialog(props: { readonly session: Session; readonly onClose: () => void }): JSX.Element {
  // A replayed simulation is no script of the Lab's: begin with a cluster of the usual size.
  const { session } = props;
  const current = session.run().canAct ? session.script() : labScript(session.origin().seed, SIZE_USUAL);
  const start = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    storyOf(props.session).leave();
    props.session.load(scriptOf(new FormData(event.currentTarget)), { play: true });
    props.onClose();
  };
  return (
    <Dialog title={t('new.title')} testId="new-cluster" onClose={props.onClose}>
      <form class="form" onSubmit={start}>
        <label>
          {t('new.size')}
          <select name="size">
            <For each={SIZES}>
              {(size) => (
                <option value={size} selected={size === current.size}>
                  {size}
                </option>
              )}
            </For>
          </select>
        </label>
        <NumberField name="seed" text="new.seed" least={0} greatest={SEED_MAX - 1} value={current.seed + 1} />
        <For each={NUMBERS}>
          {([name, text, least, greatest]) => (
            <NumberField
              name={name}
              text={text}
              least={least}
              greatest={greatest}
              value={current.options[name]}
            />
          )}
        </For>
        <NumberField
          name="loss"
          text="new.loss"
          least={0}
          greatest={90}
          value={Math.round(current.options.lossChance * 100)}
        />
        <Switches options={current.options} />
        <div class="form-wide row form-end">
          <button type="button" onClick={() => props.onClose()}>
            {t('new.cancel')}
          </button>
          <button type="submit" class="primary" data-action="start" data-testid="start">
            {t('new.start')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What the form asks for. */
function scriptOf(form: FormData): LabScript {
  const number = (name: string) => Number(form.get(name));
  const options: LabOptions = {
    ...DEFAULT_LAB_OPTIONS,
    preVote: form.has('preVote'),
    checkQuorum: form.has('checkQuorum'),
    // A lease rests on the check of the quorum.
    leaseReads: form.has('leaseReads') && form.has('checkQuorum'),
    heartbeatMs: number('heartbeatMs'),
    electionMs: number('electionMs'),
    messageMs: number('messageMs'),
    messageJitterMs: number('messageJitterMs'),
    lossChance: number('loss') / 100,
    diskMs: number('diskMs'),
    mutants: MUTANT_NAMES.filter((name) => form.has(`mutant-${name}`)),
  };
  return labScript(number('seed'), number('size'), options);
}

function Switches(props: { readonly options: LabOptions }): JSX.Element {
  return (
    <>
      <For each={SWITCHES}>
        {(name) => (
          <label class="check">
            <input type="checkbox" name={name} checked={props.options[name]} />
            {t(SWITCH_TEXTS[name])}
          </label>
        )}
      </For>
      <details class="form-wide">
        <summary>{t('new.mutants')}</summary>
        <For each={MUTANT_NAMES}>
          {(name) => (
            <label class="check">
              <input type="checkbox" name={`mutant-${name}`} checked={props.options.mutants.includes(name)} />
              {t(`mutant.${name}`)}
            </label>
          )}
        </For>
      </details>
    </>
  );
}

function NumberField(props: {
  readonly name: string;
  readonly text: TextKey;
  readonly least: number;
  readonly greatest: number;
  readonly value: number;
}): JSX.Element {
  return (
    <label>
      {t(props.text)}
      <input
        type="number"
        name={props.name}
        min={props.least}
        max={props.greatest}
        step="1"
        value={props.value}
        required
      />
    </label>
  );
}
