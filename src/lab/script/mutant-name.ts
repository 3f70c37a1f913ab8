/** Rules of consensus and storage that can be switched off, to see what they are for. */
export const MUTANT_NAMES = [
  'commit-old-term-by-count',
  'no-empty-entry',
  'ack-before-sync',
  'volatile-disk',
  'vote-not-persisted',
  'vote-to-shorter-log',
  'vote-twice',
  'leader-counts-itself-early',
  'commit-without-majority',
  'read-without-quorum',
  'read-before-apply',
  'split-apply',
] as const;

export type MutantName = (typeof MUTANT_NAMES)[number];
