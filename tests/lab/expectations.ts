/** What the page must show behind each card of the guided steps: roles, terms, commit indexes and the style of boxes. */
import assert from 'node:assert/strict';
import type { BoxSeen, LabPage, MemberSeen } from './page.js';

/** What earlier cards showed and later ones are compared with. */
export interface Memory {
  leader: number;
  term: number;
  /** The entry of the write that is followed. */
  index: number;
  crashed: number;
  lost: number;
  formerLeader: number;
  companion: number;
}

export interface Seen {
  readonly members: readonly MemberSeen[];
  readonly boxes: readonly BoxSeen[];
  readonly page: LabPage;
}

type Expectation = (seen: Seen, memory: Memory) => void | Promise<void>;

const leaders = ({ members }: Seen): readonly MemberSeen[] =>
  members.filter(({ role, state }) => role === 'leader' && state !== 'down');

function newestLeader(seen: Seen): MemberSeen {
  const found = [...leaders(seen)].sort((a, b) => b.term - a.term)[0];
  assert.ok(found !== undefined, 'somebody leads');
  return found;
}

function boxOf({ boxes }: Seen, member: number, index: number): BoxSeen | undefined {
  return boxes.find((box) => box.member === member && box.index === index);
}

/** How many members show the entry in one of these styles. */
const count = ({ boxes }: Seen, index: number, ...styles: string[]): number =>
  boxes.filter((box) => box.index === index && styles.includes(box.box)).length;

function assertDashed(seen: Seen, member: number, index: number): void {
  const box = boxOf(seen, member, index);
  assert.equal(box?.box, 'dashed', `member ${member} shows entry ${index} dashed`);
  assert.match(box!.border, /dashed/, 'and it is drawn dashed');
}

function assertSolid(seen: Seen, member: number, index: number): void {
  const box = boxOf(seen, member, index);
  assert.ok(box?.box === 'solid' || box?.box === 'filled', `member ${member} shows entry ${index} committed`);
  assert.match(box.border, /solid/, 'and it is drawn solid');
}

function assertEqualLogs(seen: Seen, members: number): void {
  const up = seen.members.filter(({ state }) => state !== 'down');
  assert.equal(up.length, members);
  assert.equal(new Set(up.map(({ last }) => last)).size, 1, 'equal last indexes');
  assert.equal(new Set(up.map(({ commit }) => commit)).size, 1, 'equal commit indexes');
  const last = up[0]!.last;
  assert.equal(new Set(up.map(({ member }) => boxOf(seen, member, last)?.term)).size, 1, 'equal last terms');
}

async function assertOperations(seen: Seen, ...statuses: string[]): Promise<void> {
  const shown = await seen.page.operations();
  assert.deepEqual(
    shown.slice(-statuses.length).map(({ status }) => status),
    statuses,
  );
}

const ELECTION: Record<string, Expectation> = {
  'election.wait': (seen) => assert.equal(seen.members.filter(({ role }) => role === 'candidate').length, 1),
  'election.win': (seen, memory) => {
    assert.equal(leaders(seen).length, 1);
    ({ member: memory.leader, term: memory.term } = newestLeader(seen));
  },
  'election.heartbeat': (seen, memory) => {
    assert.equal(seen.members.filter(({ role }) => role === 'follower').length, 4);
    assert.ok(seen.members.every(({ term }) => term === memory.term));
  },
};

const WRITE: Record<string, Expectation> = {
  'write.append': (seen, memory) => {
    memory.index = newestLeader(seen).last;
    assertDashed(seen, memory.leader, memory.index);
  },
  'write.copy': (seen, memory) => {
    assert.ok(count(seen, memory.index, 'dashed') >= 2);
    assert.equal(count(seen, memory.index, 'solid', 'filled'), 0);
  },
  'write.majority': (seen, memory) => {
    assertSolid(seen, memory.leader, memory.index);
    assert.equal(count(seen, memory.index, 'solid', 'filled'), 1);
  },
  'write.apply': (seen, memory) => assert.equal(boxOf(seen, memory.leader, memory.index)?.box, 'filled'),
  'write.answer': (seen) => assertOperations(seen, 'answered'),
  'write.notify': (seen, memory) => assert.ok(count(seen, memory.index, 'solid', 'filled') >= 2),
  'write.learn': (seen, memory) => {
    assert.equal(count(seen, memory.index, 'filled'), 5);
    assertEqualLogs(seen, 5);
  },
};

const CRASH: Record<string, Expectation> = {
  'crash.tail': (seen, memory) => {
    memory.crashed = memory.leader;
    memory.lost = newestLeader(seen).last;
    assertDashed(seen, memory.crashed, memory.lost);
    assert.equal(count(seen, memory.lost, 'dashed', 'solid', 'filled'), 1, 'nobody else has it');
  },
  'crash.down': (seen, memory) =>
    assert.equal(seen.members.find(({ member }) => member === memory.crashed)?.state, 'down'),
  'crash.timeout': (seen, memory) =>
    assert.ok(seen.members.some(({ role, term }) => role === 'candidate' && term > memory.term)),
  'crash.elected': (seen, memory) => {
    const leader = newestLeader(seen);
    assert.ok(leader.term > memory.term);
    assert.notEqual(leader.member, memory.crashed);
    ({ member: memory.leader, term: memory.term } = leader);
  },
  'remain.write': (seen, memory) => {
    assertSolid(seen, memory.leader, newestLeader(seen).last);
    return assertOperations(seen, 'answered');
  },
  'remain.forward': (seen) => assertOperations(seen, 'answered', 'answered'),
  'return.restart': (seen, memory) => assertDashed(seen, memory.crashed, memory.lost),
  'return.term': (seen, memory) =>
    assert.equal(seen.members.find(({ member }) => member === memory.crashed)?.term, memory.term),
  'return.overwrite': (seen, memory) =>
    assert.equal(
      boxOf(seen, memory.crashed, memory.lost)?.term,
      boxOf(seen, memory.leader, memory.lost)?.term,
    ),
  'return.catchUp': (seen) => assertEqualLogs(seen, 5),
};

const PARTITION: Record<string, Expectation> = {
  'partition.split': (seen, memory) => {
    assert.equal(leaders(seen).length, 2);
    memory.formerLeader = memory.leader;
    const leader = newestLeader(seen);
    assert.ok(leader.term > memory.term);
    ({ member: memory.leader, term: memory.term } = leader);
  },
  'partition.minority': (seen, memory) => {
    const former = seen.members.find(({ member }) => member === memory.formerLeader)!;
    memory.index = former.last;
    assertDashed(seen, memory.formerLeader, former.last);
    assert.ok(former.commit < former.last);
    return assertOperations(seen, 'open');
  },
  'partition.majority': (seen, memory) => {
    assertSolid(seen, memory.leader, newestLeader(seen).last);
    assertDashed(seen, memory.formerLeader, memory.index);
    return assertOperations(seen, 'answered');
  },
  'partition.heal': (seen) => {
    assert.equal(leaders(seen).length, 1);
    assertEqualLogs(seen, 5);
  },
  'partition.down': (seen) => assert.equal(seen.members.filter(({ state }) => state === 'down').length, 3),
  'partition.halt': (seen, memory) => {
    const last = newestLeader(seen).last;
    assertDashed(seen, memory.leader, last);
    return assertOperations(seen, 'open', 'open');
  },
  'partition.revive': (seen) => assertOperations(seen, 'answered', 'answered'),
};

const READS: Record<string, Expectation> = {
  'serializable.store': (seen) => assertEqualLogs(seen, 3),
  'serializable.slow': (seen) => assertOperations(seen, 'answered'),
  'serializable.stale': async ({ page }) => {
    const read = (await page.operations()).at(-1);
    assert.deepEqual([read?.kind, read?.result, read?.stale], ['serializable-read', 'old', true]);
  },
  'linearizable.index': (seen) => assertOperations(seen, 'open'),
  'linearizable.answer': async ({ page }) => {
    const read = (await page.operations()).at(-1);
    assert.deepEqual([read?.kind, read?.result, read?.stale], ['read', 'world', false]);
  },
};

export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  ...ELECTION,
  ...WRITE,
  ...CRASH,
  ...PARTITION,
  ...READS,
};
