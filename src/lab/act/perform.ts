/** Carries out the Lab's actions. What makes no sense at the moment (to start what runs) has no effect. */
import type { SimHost } from '../../sim/index.js';
import { unreachable } from '../../stdx/index.js';
import type { LabAction } from '../script/action.js';
import type { OperationKind } from '../view/operation-view.js';
import type { Stage } from './stage.js';

type ClientAction = Extract<LabAction, { via: number; key: string }>;

export function perform(stage: Stage, action: LabAction): void {
  switch (action.kind) {
    case 'crash':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'slow-disk':
    case 'normal-disk':
    case 'cut-log':
    case 'campaign':
    case 'clock-rate':
      return withHost(stage, action.member, (host) => performOnMachine(stage, host, action));
    case 'cut-link':
    case 'heal-link':
    case 'partition':
    case 'heal-all':
    case 'drop-message':
    case 'delay-message':
      return performOnNetwork(stage, action);
    case 'put':
    case 'delete':
    case 'compare-and-put':
    case 'read':
      return withHost(stage, action.via, (host) => performAsClient(stage, host, action));
    case 'compact':
      return withHost(stage, action.via, (host) =>
        stage.client.call(host, { kind: 'compact', key: '', value: '', via: action.via }),
      );
    case 'add-member':
    case 'promote':
    case 'remove':
    case 'joint':
    case 'leave-joint':
    case 'transfer-leader':
      return performOnMembers(stage, action);
    default:
      return unreachable(action);
  }
}

function withHost(stage: Stage, member: number, act: (host: SimHost) => void): void {
  const host = stage.world.hosts[member - 1];
  if (host !== undefined) act(host);
}

type MachineAction = Extract<
  LabAction,
  {
    kind:
      | 'crash'
      | 'restart'
      | 'pause'
      | 'resume'
      | 'slow-disk'
      | 'normal-disk'
      | 'cut-log'
      | 'campaign'
      | 'clock-rate';
  }
>;

function performOnMachine(stage: Stage, host: SimHost, action: MachineAction): void {
  switch (action.kind) {
    case 'crash':
      return host.die(action.losesUnsynced ? 'power-failure' : 'kill');
    case 'restart':
      if (host.state === 'down' && !host.isAbsent && !stage.operator.isRetired(host)) host.start();
      return;
    case 'pause':
      if (host.state !== 'down') host.pause(Number.POSITIVE_INFINITY);
      return;
    case 'resume':
      return host.resume();
    case 'slow-disk':
      host.writeMsMax = action.writeMs;
      return;
    case 'normal-disk':
      host.writeMsMax = stage.world.script.options.diskMs;
      return;
    case 'cut-log':
      return stage.world.cutLog(host);
    case 'campaign':
      host.process?.node.step({ kind: 'campaign' });
      return;
    case 'clock-rate':
      return host.clock.setRate(action.rate);
  }
}

type NetworkAction = Extract<
  LabAction,
  { kind: 'cut-link' | 'heal-link' | 'partition' | 'heal-all' | 'drop-message' | 'delay-message' }
>;

function performOnNetwork({ world: { cuts, network }, messages }: Stage, action: NetworkAction): void {
  switch (action.kind) {
    case 'cut-link':
    case 'heal-link': {
      const isCut = action.kind === 'cut-link';
      cuts.set(action.from, action.to, isCut);
      if (!action.oneWay) cuts.set(action.to, action.from, isCut);
      return;
    }
    case 'partition':
      return cuts.partition(action.groups);
    case 'heal-all':
      return cuts.healAll();
    case 'drop-message':
    case 'delay-message': {
      const flight = messages.flightOf(action.message);
      if (flight === undefined || flight.isLost) return;
      if (action.kind === 'drop-message') flight.isLost = true;
      else network.delay(flight, action.ms);
      return messages.noteDisturbed(action.message);
    }
  }
}

function performAsClient(stage: Stage, host: SimHost, action: ClientAction): void {
  const { via, key } = action;
  const value = 'value' in action ? action.value : '';
  const kind: OperationKind =
    action.kind === 'read' && action.serializable ? 'serializable-read' : action.kind;
  const expected = action.kind === 'compare-and-put' ? action.expected : '';
  stage.client.call(host, { kind, key, value, via }, expected);
}

type MembersAction = Extract<
  LabAction,
  { kind: 'add-member' | 'promote' | 'remove' | 'joint' | 'leave-joint' | 'transfer-leader' }
>;

function performOnMembers(stage: Stage, action: MembersAction): void {
  const { operator, world } = stage;
  const { hosts } = world;
  switch (action.kind) {
    case 'leave-joint':
      return operator.leaveJoint();
    case 'transfer-leader':
      return withHost(stage, action.to, (host) => operator.transferLeader(host));
    case 'joint':
      return withHost(stage, action.member, (host) => operator.joint(action.change, host, action.stay));
    case 'add-member':
      return withHost(stage, action.via, (via) => operator.add(via, action.learner));
    default: {
      const via = hosts[action.via - 1];
      const host = hosts[action.member - 1];
      if (via === undefined || host === undefined) return;
      if (action.kind === 'promote') operator.promote(via, host);
      else operator.remove(via, host);
    }
  }
}
