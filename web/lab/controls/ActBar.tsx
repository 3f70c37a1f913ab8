/** A client at hand: what to put, delete or read, and through which member; and what concerns the whole cluster. */
import { createEffect, createSignal, For, type JSX } from 'solid-js';
import type { LabAction } from '../../../src/lab/index.js';
import { type TextKey, t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { ActionButton } from './ActionButton.js';
import { serving } from './compose.js';

export function ActBar(props: { readonly session: Session }): JSX.Element {
  const [key, setKey] = createSignal('x');
  const [value, setValue] = createSignal('1');
  /** 0: whoever leads. */
  const [chosen, setChosen] = createSignal(0);
  const members = () => props.session.view().members.filter((member) => member.state !== 'absent');
  const via = () => chosen() || serving(members());
  // A member that was chosen and is gone in another run is chosen no more.
  createEffect(() => {
    if (chosen() !== 0 && !members().some((member) => member.id === chosen())) setChosen(0);
  });
  const { session } = props;
  const put = () => {
    session.act({ kind: 'put', via: via(), key: key(), value: value() });
    // The next put is told from this one.
    if (/^\d{1,8}$/.test(value())) setValue(String(Number(value()) + 1));
  };
  const remove = () => session.act({ kind: 'delete', via: via(), key: key() });
  const read = (serializable: boolean) => session.act({ kind: 'read', via: via(), key: key(), serializable });
  const idle = () => via() === 0 || key() === '';
  return (
    <section class="act-bar" aria-label={t('act.title')}>
      <ShortField name="key" text="act.key" value={key()} onChange={setKey} />
      <span aria-hidden="true">=</span>
      <ShortField name="value" text="act.value" value={value()} onChange={setValue} />
      <label class="row">
        <span class="quiet small via-text">{t('act.via')}</span>
        <select data-testid="via" onChange={(event) => setChosen(Number(event.currentTarget.value))}>
          <option value="0" selected={chosen() === 0}>
            {t('act.via-any')}
          </option>
          <For each={members().map((member) => member.id)}>
            {(id) => (
              <option value={id} selected={chosen() === id}>
                {id}
              </option>
            )}
          </For>
        </select>
      </label>
      <ActionButton name="put" text="act.put" primary disabled={idle()} onAct={put} />
      <ActionButton name="delete" text="act.delete" disabled={idle()} onAct={remove} />
      <ActionButton
        name="read-linearizable"
        text="act.read-linearizable"
        disabled={idle()}
        onAct={() => read(false)}
      />
      <ActionButton
        name="read-serializable"
        text="act.read-serializable"
        disabled={idle()}
        onAct={() => read(true)}
      />
      <span class="act-space" />
      <ClusterMenu session={session} via={via()} />
    </section>
  );
}

function ShortField(props: {
  readonly name: string;
  readonly text: TextKey;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): JSX.Element {
  return (
    <label class="row">
      <span class="visually-hidden">{t(props.text)}</span>
      <input
        class="short"
        value={props.value}
        maxlength="8"
        data-testid={props.name}
        onInput={(event) => props.onChange(event.currentTarget.value)}
      />
    </label>
  );
}

/** What is rarely wanted, and concerns the cluster as a whole. */
function ClusterMenu(props: { readonly session: Session; readonly via: number }): JSX.Element {
  let menu!: HTMLDetailsElement;
  const choose = (action: LabAction) => {
    menu.open = false;
    props.session.act(action);
  };
  return (
    <details class="menu" ref={menu}>
      <summary data-testid="cluster-menu">{t('act.cluster')}</summary>
      <div class="menu-body">
        <ActionButton
          name="add-member"
          text="act.add-member"
          disabled={props.via === 0}
          onAct={() => choose({ kind: 'add-member', via: props.via, learner: false })}
        />
        <ActionButton
          name="add-learner"
          text="act.add-learner"
          disabled={props.via === 0}
          onAct={() => choose({ kind: 'add-member', via: props.via, learner: true })}
        />
        <ActionButton
          name="compact"
          text="act.compact"
          disabled={props.via === 0}
          onAct={() => choose({ kind: 'compact', via: props.via })}
        />
      </div>
    </details>
  );
}
