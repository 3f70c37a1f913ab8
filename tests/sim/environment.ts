/** What the simulator needs of its surroundings. */
import { createHash } from 'node:crypto';

export const environment = {
  sha1: (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest(),
  /**
   * Node.js takes what `nextTick` is given once no promise is left that could go on: a wait for all of them, whatever the length of
   * their chains, and cheaper than as many turns as the longest may need. Runs are the same, event by event.
   */
  settle: (): Promise<void> => new Promise((resolve) => process.nextTick(resolve)),
};
