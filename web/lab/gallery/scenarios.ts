/** The gallery, in the order in which it is shown. */
import { UNSYNCED } from './disks.js';
import {
  CHECK_QUORUM,
  DISRUPTIVE,
  FORGOTTEN_VOTE,
  PRE_VOTE,
  SHORTER_LOG,
  SPLIT_VOTE,
  TRANSFER,
} from './elections.js';
import { FIGURE_7, FIGURE_8, HASTY, SNAPSHOT } from './logs.js';
import { EVEN_SIZE, JOINT_CONSENSUS, LEARNER, NO_PROGRESS } from './members.js';
import { BRIDGE, ONE_WAY } from './network.js';
import { LEASE_CLOCK, READ_INDEX, STALE_LEADER_READ } from './reads.js';
import type { Scenario } from './scenario.js';

export const SCENARIOS: readonly Scenario[] = [
  SPLIT_VOTE,
  PRE_VOTE,
  DISRUPTIVE,
  CHECK_QUORUM,
  FIGURE_7,
  FIGURE_8,
  STALE_LEADER_READ,
  READ_INDEX,
  LEASE_CLOCK,
  LEARNER,
  JOINT_CONSENSUS,
  TRANSFER,
  SNAPSHOT,
  BRIDGE,
  ONE_WAY,
  UNSYNCED,
  FORGOTTEN_VOTE,
  SHORTER_LOG,
  HASTY,
  EVEN_SIZE,
  NO_PROGRESS,
];
