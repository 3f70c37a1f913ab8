/**
 * The cluster: members on a ring, the links between them, the messages on their way, and clients outside. Only what is
 * there is drawn; what moves reads the session's time.
 */
import { createMemo, createSignal, For, Index, type JSX, Show } from 'solid-js';
import type { MessageView } from '../../../src/lab/index.js';
import { ActionButton } from '../controls/ActionButton.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { Clients } from './Clients.js';
import { memberPoint, type Point, STAGE_HEIGHT, STAGE_WIDTH } from './geometry.js';
import { Lasso } from './Lasso.js';
import { Link } from './Link.js';
import { Member } from './Member.js';
import { Message } from './Message.js';
import { Textures } from './Textures.js';

const NOWHERE: Point = { x: -100, y: -100 };

export function Stage(props: { readonly session: Session }): JSX.Element {
  let drawing!: SVGSVGElement;
  const [lassoing, setLassoing] = createSignal(false);
  const members = () => props.session.view().members;
  // Absent machines have no place until they join; a removed one keeps its place, faded.
  const standing = createMemo(
    () =>
      members()
        .filter((member) => member.state !== 'absent')
        .map((member) => member.id),
    [] as number[],
    { equals: (a, b) => a.length === b.length && a.every((id, i) => id === b[i]) },
  );
  const points = createMemo(
    () => new Map(standing().map((id, place) => [id, memberPoint(place, standing().length)])),
  );
  const pointOf = (id: number): Point => points().get(id) ?? NOWHERE;
  return (
    <div class="stage" classList={{ lassoing: lassoing() }}>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing is no set of fields. */}
      <svg
        ref={drawing}
        class="stage-drawing"
        role="group"
        aria-label={stageLabel(standing().length)}
        viewBox={`0 0 ${STAGE_WIDTH} ${STAGE_HEIGHT}`}
        data-testid="stage"
        data-members={standing().length}
      >
        <Textures />
        <Links session={props.session} ids={standing()} pointOf={pointOf} />
        <Clients session={props.session} places={standing()} />
        <g class="members">
          <Index each={standing()}>
            {(id) => <Member session={props.session} member={members()[id() - 1]!} at={pointOf(id())} />}
          </Index>
        </g>
        <Messages session={props.session} pointOf={pointOf} />
        <Lasso
          session={props.session}
          drawing={() => drawing}
          members={() => standing().map((id) => ({ id, at: pointOf(id) }))}
          onChange={setLassoing}
        />
      </svg>
      <Show when={props.session.view().cuts.length > 0 && props.session.run().canAct}>
        <div class="stage-heal">
          <ActionButton name="heal" text="act.heal" onAct={() => props.session.act({ kind: 'heal-all' })} />
        </div>
      </Show>
      <Show when={props.session.view().event < 40}>
        <p class="stage-hint small quiet">{t('stage.hint')}</p>
      </Show>
    </div>
  );
}

type PointOf = (id: number) => Point;

function Links(props: {
  readonly session: Session;
  readonly ids: readonly number[];
  readonly pointOf: PointOf;
}): JSX.Element {
  const pairs = createMemo(() =>
    props.ids.flatMap((from, i) => props.ids.slice(i + 1).map((to) => ({ from, to }))),
  );
  return (
    <g class="links">
      <For each={pairs()}>
        {(pair) => (
          <Link
            session={props.session}
            from={pair.from}
            to={pair.to}
            fromPoint={props.pointOf(pair.from)}
            toPoint={props.pointOf(pair.to)}
          />
        )}
      </For>
    </g>
  );
}

function Messages(props: { readonly session: Session; readonly pointOf: PointOf }): JSX.Element {
  const flying = createMemo(() => [...latestOfEachStream(props.session.view().messages)]);
  return (
    <g class="messages">
      <For each={flying()}>
        {(message) => (
          <Message
            session={props.session}
            message={message}
            from={props.pointOf(message.from)}
            to={props.pointOf(message.to)}
          />
        )}
      </For>
    </g>
  );
}

const stageLabel = (members: number): string => t('stage.label', { members });

/** The most of one kind that are drawn on one lane: a flood of appends would hide itself. */
const DRAWN_OF_A_KIND = 6;

function* latestOfEachStream(messages: readonly MessageView[]): Iterable<MessageView> {
  const drawn = new Map<string, number>();
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i]!;
    const stream = `${message.from} ${message.to} ${message.kind}`;
    const count = drawn.get(stream) ?? 0;
    if (count >= DRAWN_OF_A_KIND) continue;
    drawn.set(stream, count + 1);
    yield message;
  }
}
