import { findServer, type Program } from './programs.js';

/**
 * Why a test must be skipped, in the shape `node:test` takes: `false` runs it, a text skips it with that reason.
 * With `QUOIN_REQUIRE_ALL=1` (continuous integration) a missing program is a failure instead.
 */
export function skipUnless(present: boolean, reason: string): string | false {
  if (present) return false;
  if (process.env['QUOIN_REQUIRE_ALL'] === '1') throw new Error(`QUOIN_REQUIRE_ALL is set, but ${reason}`);
  return reason;
}

export function skipWithoutServer(program: Program): string | false {
  const hint = program === 'etcd' ? 'set QUOIN_ETCD to its folder' : 'run "npm run build" first';
  return skipUnless(findServer(program) !== undefined, `there is no ${program} server (${hint})`);
}
