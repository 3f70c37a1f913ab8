/** What the simulator needs of its surroundings: a hash function, and a way to wait for promises. */
import { createHash } from 'node:crypto';

export const environment = {
  sha1: (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest(),
  settle: (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
};
