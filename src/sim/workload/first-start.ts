/** What an operator says when a machine is started for the first time. */
import type { FirstStart, SimHost } from '../sim-host.js';

/** A new cluster of machines with these names and URLs. */
export function foundingStart(machines: readonly (readonly [name: string, url: string])[]): FirstStart {
  const initialCluster = new Map(machines.map(([name, url]) => [name, [url]]));
  return { initialCluster, initialClusterState: 'new' };
}

/** A machine that joins: what a running member tells, once that lists it; undefined until then. */
export function joiningStart(host: SimHost, url: string, hosts: readonly SimHost[]): FirstStart | undefined {
  for (const other of hosts) {
    const members = other.process?.member.machine.cluster.list() ?? [];
    if (!members.some((member) => member.peerUrls.includes(url))) continue;
    const initialCluster = new Map<string, readonly string[]>();
    for (const member of members) {
      const isSelf = member.peerUrls.includes(url);
      initialCluster.set(isSelf ? host.name : `peer-${member.id}`, member.peerUrls);
    }
    return { initialCluster, initialClusterState: 'existing' };
  }
  return undefined;
}
