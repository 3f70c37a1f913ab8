import { randomBytes } from 'node:crypto';
import type { Random } from '../platform/index.js';

export const systemRandom: Random = {
  float: Math.random,
  bytes: (length: number) => new Uint8Array(randomBytes(length)),
};
