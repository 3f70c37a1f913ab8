/** The one screen: story, stage with the logs under it, inspector, time. On a phone the last two are sheets. */
import { createEffect, createSignal, type JSX, Match, onCleanup, onMount, Show, Switch } from 'solid-js';
import { ActBar } from '../controls/ActBar.js';
import { followKeys } from '../controls/keyboard.js';
import { PlayButton } from '../controls/PlayButton.js';
import { Transport } from '../controls/Transport.js';
import { GalleryDialog } from '../gallery/GalleryDialog.js';
import { language, t } from '../i18n/index.js';
import { Inspector } from '../inspector/Inspector.js';
import { StoryPanel } from '../lessons/StoryPanel.js';
import { LogGrid } from '../log/LogGrid.js';
import type { Session } from '../session/session.js';
import { ShareButton } from '../share/ShareButton.js';
import { Stage } from '../stage/Stage.js';
import { classes } from '../theme/classes.js';
import { EventList } from '../timeline/EventList.js';
import { Timeline } from '../timeline/Timeline.js';
import { Foot } from './Foot.js';
import { HelpDialog } from './HelpDialog.js';
import { NewDialog } from './NewDialog.js';
import { TopBar } from './TopBar.js';
import { ViolationBar } from './ViolationBar.js';

type Sheet = 'help' | 'new' | 'gallery' | null;
/** On a narrow page only one of them is open. */
type Drawer = 'inspector' | 'time' | null;

/** Up to this width the page is a phone's (see phone.css); below this height the lanes wait folded. */
const NARROW = 860;
const LOW = 800;

export function App(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const [sheet, setSheet] = createSignal<Sheet>(null);
  const [drawer, setDrawer] = createSignal<Drawer>(null);
  const [storyOpen, setStoryOpen] = createSignal(true);
  // On a low screen the stage comes first.
  const [timeOpen, setTimeOpen] = createSignal(innerWidth <= NARROW || innerHeight >= LOW);
  const close = () => setSheet(null);
  onMount(() => onCleanup(followKeys(session, () => setSheet('help'))));
  createEffect(() => {
    document.documentElement.lang = language();
    document.title = t('page.title');
  });
  return (
    <div
      class={classes('page', { 'story-closed': !storyOpen(), 'time-closed': !timeOpen() })}
      data-drawer={drawer() ?? 'none'}
    >
      <TopBar
        onNew={() => setSheet('new')}
        onGallery={() => setSheet('gallery')}
        onHelp={() => setSheet('help')}
        share={<ShareButton session={session} />}
      />
      <StoryPlace session={session} open={storyOpen()} onToggle={() => setStoryOpen(!storyOpen())} />
      <StagePlace session={session} onLook={() => setDrawer('inspector')} />
      <aside class="inspector-place" data-testid="inspector-place">
        <Inspector session={session} />
        <EventList session={session} />
      </aside>
      <TimePlace session={session} open={timeOpen()} onToggle={() => setTimeOpen(!timeOpen())} />
      <Drawers session={session} open={drawer()} onChange={setDrawer} />
      <Foot session={session} />
      <Switch>
        <Match when={sheet() === 'help'}>
          <HelpDialog onClose={close} />
        </Match>
        <Match when={sheet() === 'new'}>
          <NewDialog session={session} onClose={close} />
        </Match>
        <Match when={sheet() === 'gallery'}>
          <GalleryDialog session={session} onClose={close} />
        </Match>
      </Switch>
    </div>
  );
}

function StoryPlace(props: {
  readonly session: Session;
  readonly open: boolean;
  readonly onToggle: () => void;
}): JSX.Element {
  return (
    <aside class="story-place" aria-label={t('page.story')}>
      <button
        type="button"
        class="plain fold small"
        aria-expanded={props.open}
        data-testid="open-story"
        onClick={() => props.onToggle()}
      >
        {props.open ? '‹' : '›'} <span class="fold-name">{t('page.story')}</span>
      </button>
      <Show when={props.open}>
        <StoryPanel session={props.session} />
      </Show>
    </aside>
  );
}

/** What opens the inspector on a phone; a link does not, because a click has cut it already. */
const LOOKED_AT = '.member, .message, .client, .log-member, .log-box';

function StagePlace(props: { readonly session: Session; readonly onLook: () => void }): JSX.Element {
  const { session } = props;
  return (
    <main
      class="stage-place"
      on:click={(event) => {
        if (event.target instanceof Element && event.target.closest(LOOKED_AT) !== null) props.onLook();
      }}
    >
      <ViolationBar session={session} />
      <Show when={session.error() !== ''}>
        <p class="refusal" role="alert" data-testid="refusal">
          {t('act.failed', { reason: session.error() })}
        </p>
      </Show>
      <Show when={!session.isLive()}>
        <p class="past-note small" data-testid="past">
          {t('transport.past')}
        </p>
      </Show>
      <Show when={session.busy()}>
        <output class="past-note small">{t('page.working')}</output>
      </Show>
      <Stage session={session} />
      <Show when={session.run().canAct}>
        <ActBar session={session} />
      </Show>
      <LogGrid session={session} />
    </main>
  );
}

function TimePlace(props: {
  readonly session: Session;
  readonly open: boolean;
  readonly onToggle: () => void;
}): JSX.Element {
  return (
    <section class="time-place" aria-label={t('page.time')}>
      <div class="time-head">
        <Transport session={props.session} />
        <button
          type="button"
          class="plain fold-time"
          aria-expanded={props.open}
          aria-label={`${t('page.time')}: ${t(props.open ? 'page.hide' : 'page.show')}`}
          onClick={() => props.onToggle()}
        >
          {props.open ? '⌄' : '⌃'}
        </button>
      </div>
      <Show when={props.open}>
        <Timeline session={props.session} />
      </Show>
    </section>
  );
}

/** On a narrow page, what opens the sheets. */
function Drawers(props: {
  readonly session: Session;
  readonly open: Drawer;
  readonly onChange: (drawer: Drawer) => void;
}): JSX.Element {
  const toggle = (which: Drawer) => props.onChange(props.open === which ? null : which);
  return (
    <nav class="drawers" aria-label={t('page.show')}>
      <PlayButton session={props.session} testId="drawer-play" />
      <button
        type="button"
        aria-pressed={props.open === 'inspector'}
        data-testid="drawer-inspector"
        onClick={() => toggle('inspector')}
      >
        {t('page.inspector')}
      </button>
      <button
        type="button"
        aria-pressed={props.open === 'time'}
        data-testid="drawer-time"
        onClick={() => toggle('time')}
      >
        {t('page.time')}
      </button>
    </nav>
  );
}
