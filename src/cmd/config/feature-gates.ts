/**
 * `--feature-gates`: etcd's switches for what is not settled yet. Quoin's own behaviour is settled, so a gate switches
 * nothing here; what it asks for is compared with what Quoin does, and a difference is told at start.
 */
import { ConfigError } from './config-error.js';
import type { ConfigNote, ResolvedFlags } from './resolved-flags.js';

interface Gate {
  readonly stage: 'ALPHA' | 'BETA';
  readonly isOnByDefault: boolean;
  /** Whether Quoin does it, or undefined if there is nothing to switch; and how it comes. */
  readonly isDone: boolean | undefined;
  readonly why: string;
}

const COMPARED = 'members always compare their states, and a difference raises the CORRUPT alarm';
const CHECKPOINTS = 'what is left of a lease always survives a change of leader';

export const GATES: ReadonlyMap<string, Gate> = new Map<string, Gate>([
  ['AllAlpha', { stage: 'ALPHA', isOnByDefault: false, isDone: undefined, why: 'gates switch nothing' }],
  ['AllBeta', { stage: 'BETA', isOnByDefault: false, isDone: undefined, why: 'gates switch nothing' }],
  ['CompactHashCheck', { stage: 'ALPHA', isOnByDefault: false, isDone: true, why: COMPARED }],
  [
    'InitialCorruptCheck',
    {
      stage: 'ALPHA',
      isOnByDefault: false,
      isDone: false,
      why: 'members compare their states once they serve',
    },
  ],
  [
    'FastLeaseKeepAlive',
    {
      stage: 'BETA',
      isOnByDefault: true,
      isDone: false,
      why: 'a keep-alive is a promise that the next leader keeps, so it is confirmed first',
    },
  ],
  ['LeaseCheckpoint', { stage: 'ALPHA', isOnByDefault: false, isDone: true, why: CHECKPOINTS }],
  ['LeaseCheckpointPersist', { stage: 'ALPHA', isOnByDefault: false, isDone: true, why: CHECKPOINTS }],
  [
    'PriorityRequest',
    { stage: 'ALPHA', isOnByDefault: false, isDone: undefined, why: 'leases end in few entries of the log' },
  ],
  [
    'SetMemberLocalAddr',
    { stage: 'ALPHA', isOnByDefault: false, isDone: false, why: 'the system chooses the local address' },
  ],
  [
    'StopGRPCServiceOnDefrag',
    { stage: 'ALPHA', isOnByDefault: false, isDone: false, why: 'a defragmentation runs beside traffic' },
  ],
  [
    'TxnModeWriteWithSharedBuffer',
    { stage: 'BETA', isOnByDefault: true, isDone: undefined, why: "a buffer of etcd's backend" },
  ],
]);

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

function parseGates(text: string): Map<string, boolean> {
  const asked = new Map<string, boolean>();
  for (const part of text.split(',')) {
    const item = part.trim();
    if (item === '') continue;
    const equals = item.indexOf('=');
    const name = (equals < 0 ? item : item.slice(0, equals)).trim();
    if (equals < 0) throw new ConfigError(`missing bool value for ${name}`, 2);
    const value = item.slice(equals + 1).trim();
    if (!TRUE.has(value) && !FALSE.has(value)) {
      throw new ConfigError(
        `invalid value of ${name}=${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
        2,
      );
    }
    if (!GATES.has(name)) throw new ConfigError(`unrecognized feature gate: ${name}`, 2);
    asked.set(name, TRUE.has(value));
  }
  return asked;
}

export interface FeatureGates {
  /** Every gate with its stage, and whether it counts as on. */
  readonly gates: ReadonlyMap<string, { readonly stage: Gate['stage']; readonly isOn: boolean }>;
  readonly notes: readonly ConfigNote[];
}

/** Throws {@link ConfigError} for a gate that there is not, or no boolean. */
export function readFeatureGates(flags: ResolvedFlags): FeatureGates {
  const text = flags.value('feature-gates') as string;
  let asked: Map<string, boolean>;
  try {
    asked = parseGates(text);
  } catch (error) {
    if (!(error instanceof ConfigError) || flags.isFromFile) throw error;
    throw new ConfigError(
      `invalid value ${JSON.stringify(text)} for flag -feature-gates: ${error.message}`,
      error.exitCode,
    );
  }
  const gates = new Map<string, { stage: Gate['stage']; isOn: boolean }>();
  for (const [name, gate] of GATES) {
    const all = asked.get(gate.stage === 'ALPHA' ? 'AllAlpha' : 'AllBeta');
    const isOn = asked.get(name) ?? (all === true ? true : gate.isOnByDefault);
    gates.set(name, { stage: gate.stage, isOn });
  }
  if (gates.get('LeaseCheckpointPersist')!.isOn && !gates.get('LeaseCheckpoint')!.isOn) {
    throw new ConfigError(
      'enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint',
      1,
    );
  }
  const notes: ConfigNote[] = [];
  for (const [name, isOn] of asked) {
    const { isDone, why } = GATES.get(name)!;
    if (isDone === isOn) continue;
    notes.push({
      level: 'warn',
      message: 'this feature gate has no effect in Quoin',
      fields: { 'feature-gate': `${name}=${isOn}`, because: why },
    });
  }
  return { gates, notes };
}
