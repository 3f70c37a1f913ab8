/** Carries out the Lab's actions. What makes no sense at the moment (to start what runs) has no effect. */
import type { SimHost } from '../../sim/index.js';
import { unreachable } from '../../stdx/index.js';
import type { OperationKind } from '../view/operation-view.js';
import type { LabAction } from '../script/action.js';
import type { LabWorld } from '../world/lab-world.js';

type ClientAction = Extract<LabAction, { via: number; key: string }>;

export function perform(world: LabWorld, action: LabAction): void {
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
      return withHost(world, action.member, (host) => performOnMachine(world, host, action));
    case 'cut-link':
    case 'heal-link':
    case 'partition':
    case 'heal-all':
    case 'drop-message':
    case 'delay-message':
      return performOnNetwork(world, action);
    case 'put':
    case 'delete':
    case 'compare-and-put':
    case 'read':
      return withHost(world, action.via, (host) => performAsClient(world, host, action));
    case 'compact':
      return withHost(world, action.via, (host) =>
        world.client.call(host, { kind: 'compact', key: '', value: '', via: action.via }),
      );
    case 'add-member':
    case 'promote':
    case 'remove':
    case 'joint':
    case 'leave-joint':
    case 'transfer-leader':
      return performOnMembers(world, action);
    default:
      return unreachable(action);
  }
}

function withHost(world: LabWorld, member: number, act: (host: SimHost) => void): void {
  const host = world.hosts[member - 1];
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

function performOnMachine(world: LabWorld, host: SimHost, action: MachineAction): void {
  switch (action.kind) {
    case 'crash':
      return host.die(action.losesUnsynced ? 'power-failure' : 'kill');
    case 'restart':
      if (host.state === 'down' && !host.isAbsent && !world.operator.isRetired(host)) host.start();
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
      host.writeMsMax = world.script.options.diskMs;
      return;
    case 'cut-log':
      return world.cutLog(host);
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

function performOnNetwork({ cuts, messages, network }: LabWorld, action: NetworkAction): void {
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

function performAsClient(world: LabWorld, host: SimHost, action: ClientAction): void {
  const { via, key } = action;
  const value = 'value' in action ? action.value : '';
  const kind: OperationKind =
    action.kind === 'read' && action.serializable ? 'serializable-read' : action.kind;
  const expected = action.kind === 'compare-and-put' ? action.expected : '';
  world.client.call(host, { kind, key, value, via }, expected);
}

type MembersAction = Extract<
  LabAction,
  { kind: 'add-member' | 'promote' | 'remove' | 'joint' | 'leave-joint' | 'transfer-leader' }
>;

function performOnMembers(world: LabWorld, action: MembersAction): void {
  const { operator, hosts } = world;
  switch (action.kind) {
    case 'leave-joint':
      return operator.leaveJoint();
    case 'transfer-leader':
      return withHost(world, action.to, (host) => operator.transferLeader(host));
    case 'joint':
      return withHost(world, action.member, (host) => operator.joint(action.change, host, action.stay));
    case 'add-member':
      return withHost(world, action.via, (via) => operator.add(via, action.learner));
    default: {
      const via = hosts[action.via - 1];
      const host = hosts[action.member - 1];
      if (via === undefined || host === undefined) return;
      if (action.kind === 'promote') operator.promote(via, host);
      else operator.remove(via, host);
    }
  }
}
