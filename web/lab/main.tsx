/** The page: a session of a fresh cluster, or what the address asks for. */
import { render } from 'solid-js/web';
import {
  decodeFragment,
  encodeScript,
  LabRun,
  labScript,
  RANDOM_SCRIPT_MS,
  randomScript,
  SimRun,
} from '../../src/lab/index.js';
import { App } from './page/App.js';
import { Session } from './session/session.js';
import { openFragment } from './share/open.js';
import { followTheme } from './theme/theme.js';

declare global {
  interface Window {
    /** For tests that compare this page with a run in Node.js. */
    __lab?: {
      readonly session: Session;
      readonly LabRun: typeof LabRun;
      readonly encodeScript: typeof encodeScript;
      readonly decodeFragment: typeof decodeFragment;
      readonly randomScript: typeof randomScript;
      readonly RANDOM_SCRIPT_MS: number;
      readonly SimRun: typeof SimRun;
    };
  }
}

const FIRST_SEED = 1;
const FIRST_SIZE = 5;

followTheme();
const session = await Session.create(labScript(FIRST_SEED, FIRST_SIZE));
window.__lab = {
  session,
  LabRun,
  encodeScript,
  decodeFragment,
  randomScript,
  RANDOM_SCRIPT_MS,
  SimRun,
};
render(() => <App session={session} />, document.getElementById('lab')!);
await openFragment(session, location.hash);
addEventListener('hashchange', () => openFragment(session, location.hash));
