/** The kinds of cluster that cases are played on. */

export interface Fixture {
  readonly flags: readonly string[];
  /** Those that only one of the programs has by this name. */
  readonly etcdFlags?: readonly string[];
  readonly quoinFlags?: readonly string[];
  /** Each case gets a cluster of its own, because it leaves traces that cannot be wiped away. */
  readonly isFresh?: boolean;
  /** The file that {@link JWT_KEY_FLAG} names. */
  readonly needsKeys?: boolean;
}

/** Replaced by paths when a member starts. */
export const PRIVATE_KEY = '<private key>';
export const PUBLIC_KEY = '<public key>';

/** Hashes of passwords are made to be slow; here they only have to be. */
const QUICK_HASH = '--bcrypt-cost=4';
const PROGRESS_INTERVAL = '300ms';

export const FIXTURES = {
  /** The one that cases share. Each finds it empty and leaves it so. */
  shared: {
    flags: [QUICK_HASH],
    etcdFlags: [`--experimental-watch-progress-notify-interval=${PROGRESS_INTERVAL}`],
    quoinFlags: [`--watch-progress-notify-interval=${PROGRESS_INTERVAL}`],
  },
  /** A new one for every case. */
  fresh: { flags: [QUICK_HASH], isFresh: true },
  /** A new one for every case, with little room. */
  quota: { flags: ['--quota-backend-bytes=4194304'], isFresh: true },
  /** Limits other than the default ones. */
  limits: { flags: ['--max-txn-ops=4', '--max-request-bytes=4096'] },
  jwt: {
    flags: [
      QUICK_HASH,
      `--auth-token=jwt,pub-key=${PUBLIC_KEY},priv-key=${PRIVATE_KEY},sign-method=ES256,ttl=10m`,
    ],
    needsKeys: true,
  },
  verifyOnly: {
    flags: [QUICK_HASH, `--auth-token=jwt,pub-key=${PUBLIC_KEY},sign-method=ES256,ttl=10m`],
    isFresh: true,
    needsKeys: true,
  },
} as const satisfies Record<string, Fixture>;

export type FixtureName = keyof typeof FIXTURES;
