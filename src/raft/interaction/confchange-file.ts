/** Scripts for the arithmetic of configurations: `confchange/*.txt`. */
import { must } from '../../stdx/index.js';
import type { ChangeResult } from '../confchange/changer.js';
import { enterJoint, leaveJoint, simpleChange } from '../confchange/changer.js';
import { EMPTY_CONF_STATE } from '../entry.js';
import { Tracker } from '../progress/tracker.js';
import { formatConfState } from '../trace.js';
import { flag } from './commands/arguments.js';
import { parseSteps } from './conf-change-text.js';
import type { Case, Handler } from './datadriven.js';
import { describeProgress } from './describe.js';

type Change = (testCase: Case, tracker: Tracker) => ChangeResult | string;

const current = (tracker: Tracker) => ({ confState: tracker.confState, nodes: tracker.tracked() });

const CHANGES: Readonly<Record<string, Change>> = {
  simple: (testCase, tracker) => {
    const steps = parseSteps(testCase.input);
    return typeof steps === 'string' ? steps : simpleChange(current(tracker), steps);
  },
  'enter-joint': (testCase, tracker) => {
    const steps = parseSteps(testCase.input);
    return typeof steps === 'string'
      ? steps
      : enterJoint(current(tracker), flag(testCase, 'autoleave'), steps);
  },
  'leave-joint': (testCase, tracker) =>
    testCase.input === '' ? leaveJoint(current(tracker)) : 'this command takes no input',
};

/** The handler of one confchange file; each command, also a refused one, moves the log on by one entry. */
export function confchangeHandler(): Handler {
  const tracker = new Tracker(EMPTY_CONF_STATE, Infinity, Infinity);
  let lastIndex = 0;
  return (testCase) => {
    const change = must(CHANGES[testCase.command], 'the command is known');
    const result = change(testCase, tracker);
    const index = lastIndex++;
    if (typeof result === 'string') return result;
    if (!result.ok) return result.error;
    tracker.switchTo(result.configuration.confState, result.configuration.nodes, index);
    const lines = tracker.members.map((p) => `${p.id}: ${describeProgress(p.status())}\n`);
    return `${formatConfState(tracker.confState)}\n${lines.join('')}`;
  };
}
