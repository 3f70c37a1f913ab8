/**
 * Majority arithmetic (thesis 3.4, 3.6). An index is committed once more than half of the voters hold it: sort what each
 * is known to hold and take the element that a majority reaches. With acks 3 5 9 of three voters that is 5: two hold it.
 *
 * A configuration without voters agrees to everything, so that the empty half of a joint configuration does not count.
 */

export type VoteResult = 'won' | 'pending' | 'lost';

/** Ascending, in place. A handful of numbers: insertion beats the library's sort and allocates nothing. */
function sortAscending(values: number[]): void {
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!;
    let j = i - 1;
    while (j >= 0 && values[j]! > value) {
      values[j + 1] = values[j]!;
      j--;
    }
    values[j + 1] = value;
  }
}

export const majoritySize = (voters: number): number => Math.floor(voters / 2) + 1;

/** The highest index a majority holds; Infinity without voters. `acked` has one element per voter (0: unknown) and is sorted. */
export function majorityIndex(acked: number[]): number {
  if (acked.length === 0) return Infinity;
  sortAscending(acked);
  return acked[acked.length - majoritySize(acked.length)]!;
}

/** What `granted` and `rejected` votes out of `voters` decide. */
export function majorityVote(voters: number, granted: number, rejected: number): VoteResult {
  if (voters === 0) return 'won';
  const needed = majoritySize(voters);
  if (granted >= needed) return 'won';
  return voters - rejected >= needed ? 'pending' : 'lost';
}
