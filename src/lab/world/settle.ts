/**
 * Between two events everything that promises hold back must have run. The members' chains of promises are short: an
 * answer of the disk passes through a dozen of functions at most. So it is enough to let so many turns of the microtask
 * queue pass, which is the same on every platform and needs no timer of any.
 */
const TURNS = 40;

export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await undefined;
}
