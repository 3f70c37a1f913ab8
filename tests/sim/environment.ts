/** What the simulator needs of its surroundings: a hash function. */
import { createHash } from 'node:crypto';

export const environment = {
  sha1: (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest(),
};
