/**
 * etcd 3.5's names of flags that 3.7 knows by another: most lost their `experimental-`, some became feature gates. A
 * command line, an environment or a file of 3.5 goes on to start a member.
 */
import type { FlagSpec, FlagValue } from './go-flags.js';
import { SERVER_FLAGS } from './server-flags.js';

const PREFIX = 'experimental-';

const RENAMED = [
  'bootstrap-defrag-threshold-megabytes',
  'compact-hash-check-time',
  'compaction-batch-limit',
  'compaction-sleep-interval',
  'corrupt-check-time',
  'distributed-tracing-address',
  'distributed-tracing-instance-id',
  'distributed-tracing-sampling-rate',
  'distributed-tracing-service-name',
  'downgrade-check-time',
  'enable-distributed-tracing',
  'memory-mlock',
  'peer-skip-client-san-verification',
  'warning-apply-duration',
  'watch-progress-notify-interval',
];

const GATES: ReadonlyMap<string, string> = new Map([
  ['experimental-compact-hash-check-enabled', 'CompactHashCheck'],
  ['experimental-enable-lease-checkpoint', 'LeaseCheckpoint'],
  ['experimental-enable-lease-checkpoint-persist', 'LeaseCheckpointPersist'],
  ['experimental-initial-corrupt-check', 'InitialCorruptCheck'],
  ['experimental-stop-grpc-service-on-defrag', 'StopGRPCServiceOnDefrag'],
  ['experimental-txn-mode-write-with-shared-buffer', 'TxnModeWriteWithSharedBuffer'],
]);

function aliasSpecs(): FlagSpec[] {
  const specs = RENAMED.map((name): FlagSpec => ({ ...SERVER_FLAGS.get(name)!, name: PREFIX + name }));
  for (const [name, gate] of GATES) {
    specs.push({ name, kind: 'bool', default: 'false', usage: `--feature-gates=${gate}.`, status: 'works' });
  }
  return specs;
}

/** The server's flags, and those of 3.5 by their old names. */
export const KNOWN_FLAGS: ReadonlyMap<string, FlagSpec> = new Map([
  ...SERVER_FLAGS,
  ...aliasSpecs().map((spec): [string, FlagSpec] => [spec.name, spec]),
]);

export interface Renamed {
  readonly values: ReadonlyMap<string, FlagValue>;
  /** Old names that were used, each with what to write instead. */
  readonly old: ReadonlyMap<string, string>;
}

/** Puts what old names were given under the names of today; those win if both were used. */
export function renameOldFlags(given: ReadonlyMap<string, FlagValue>): Renamed {
  const values = new Map<string, FlagValue>();
  const old = new Map<string, string>();
  const gates: string[] = [];
  for (const [name, value] of given) {
    const gate = GATES.get(name);
    if (gate !== undefined) {
      gates.push(`${gate}=${value}`);
      old.set(name, `feature-gates=${gate}=${value}`);
    } else if (!SERVER_FLAGS.has(name)) {
      const today = name.slice(PREFIX.length);
      if (!given.has(today)) values.set(today, value);
      old.set(name, today);
    } else {
      values.set(name, value);
    }
  }
  if (gates.length > 0) {
    const asked = (values.get('feature-gates') as string | undefined) ?? '';
    values.set('feature-gates', [...gates, ...(asked === '' ? [] : [asked])].join(','));
  }
  return { values, old };
}
