import { compare, hash } from 'bcrypt';
import type { PasswordHasher } from '../platform/index.js';

/** bcrypt in the thread pool: a hash takes some 60 ms, which the main thread must not. */
export function bcryptHasher(cost: number): PasswordHasher {
  return {
    hash: async (password) => new TextEncoder().encode(await hash(password, cost)),
    matches: (password, stored) => compare(password, new TextDecoder('latin1').decode(stored)),
  };
}
