/** What a member need ask nobody for, because nobody else has a say. */
import type { RaftNode } from '../raft/index.js';
import type { StateMachine } from '../state-machine/index.js';

/** Whether the configuration as applied here has this member as its one voter. */
export function isSoleVoter(machine: StateMachine, memberId: bigint): boolean {
  const { voters, votersOutgoing } = machine.confState;
  return voters.length === 1 && votersOutgoing.length === 0 && voters[0] === memberId;
}

/** A sole voter is its own quorum: leading, and with all it committed applied, its state is the newest there is. */
export function holdsNewestState(node: RaftNode, machine: StateMachine, memberId: bigint): boolean {
  return (
    node.role === 'leader' &&
    machine.appliedTerm === node.term &&
    machine.appliedIndex === node.commitIndex &&
    isSoleVoter(machine, memberId)
  );
}
