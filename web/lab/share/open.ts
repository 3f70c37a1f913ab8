/** Opens what an address asks for: a shared run, a lesson, or a scenario of the gallery. */
import { decodeFragment, LinkError } from '../../../src/lab/index.js';
import { SCENARIOS } from '../gallery/scenarios.js';
import { t } from '../i18n/index.js';
import { LESSON_IDS } from '../lessons/courses.js';
import { storyOf } from '../lessons/story.js';
import type { Session } from '../session/session.js';

/** `#gallery=` and `#lesson=` with a name; a scenario with its rule broken has `!` behind the name. */
const NAMED = /^(gallery|lesson)=([A-Za-z0-9]+)(!?)$/;

/** Whether there was anything to open; what cannot be opened is told in the story, and the run stays as it is. */
export async function openFragment(session: Session, hash: string): Promise<boolean> {
  const fragment = hash.startsWith('#') ? hash.slice(1) : hash;
  if (fragment === '') return false;
  const story = storyOf(session);
  const named = NAMED.exec(fragment);
  if (named !== null) return openNamed(session, named[1]!, named[2]!, named[3] === '!');
  try {
    const link = decodeFragment(fragment);
    story.leave();
    if (link.kind === 'sim') {
      await session.loadSimulation(link);
      return true;
    }
    await session.load(link.script, link.end === undefined ? {} : { untilEvent: link.end.event });
    const { event, hash: reached } = session.view();
    if (link.end === undefined) {
      session.play();
    } else if (event !== link.end.event || reached !== link.end.hash) {
      story.setNotice(t('share.differs', { event, hash: reached, expected: link.end.hash }));
    }
    return true;
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    story.setNotice(t('share.damaged', { reason: error.message }));
    return true;
  }
}

async function openNamed(session: Session, what: string, name: string, broken: boolean): Promise<boolean> {
  const story = storyOf(session);
  const scenario = SCENARIOS.find(({ id }) => id === name);
  if (what === 'gallery' && scenario !== undefined) {
    await story.openScenario(scenario, broken);
  } else if (what === 'lesson' && LESSON_IDS.includes(name)) {
    await story.startLesson(name);
  } else {
    story.setNotice(t('share.damaged', { reason: `${what}=${name}` }));
  }
  return true;
}
