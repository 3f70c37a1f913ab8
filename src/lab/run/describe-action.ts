import type { LabAction } from '../script/action.js';

/** An action as its words in order, for lists and fingerprints: `crash member=2 losesUnsynced=true`. */
export function describeAction(action: LabAction): string {
  const { kind, ...rest } = action;
  const words = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [kind, ...words].join(' ');
}
