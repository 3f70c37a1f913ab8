/**
 * Between two events everything that promises hold back must have run. A turn of the microtask queue runs one link of each
 * chain of promises, the same on every platform and without any timer; how long chains may be depends on what sets them
 * off. What would still be left runs behind a later event, again the same everywhere.
 */

/** Events that call back at once and set off hardly any promise: nearly all there are. */
const SHORT: ReadonlySet<string> = new Set(['timer', 'turn', 'message']);
const SHORT_TURNS = 10;
/** An answer of the disk passes through a few dozens of functions. */
const USUAL_TURNS = 256;
/** With a chunk of a log comes the next link of a chain for every frame in it. */
const READ_TURNS = 5000;

/** `label`: of the event that has just happened. */
export async function settle(label: string): Promise<void> {
  const turns = SHORT.has(label) ? SHORT_TURNS : label === 'read' ? READ_TURNS : USUAL_TURNS;
  for (let turn = 0; turn < turns; turn++) await undefined;
}
