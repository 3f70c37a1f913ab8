/** All that actions work on. */
import type { LabClient } from '../client/lab-client.js';
import type { MessageEyes } from '../view/message-eyes.js';
import type { LabWorld } from '../world/lab-world.js';
import type { Operator } from './operator.js';

export interface Stage {
  readonly world: LabWorld;
  readonly operator: Operator;
  readonly client: LabClient;
  readonly messages: MessageEyes;
}
