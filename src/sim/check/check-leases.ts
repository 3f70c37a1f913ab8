/** Members that have applied the same entries have the same leases, with the same keys. */
import { keysOfLease, type StateMachine } from '../../state-machine/index.js';
import { decodeLatin1 } from '../../stdx/index.js';
import { demand } from '../violation.js';

function leasesOf({ lessor, store }: StateMachine): string {
  const lines = [...lessor.all()].map((lease) => {
    const keys = keysOfLease(store, lease).map(decodeLatin1);
    return `${lease.id} ${lease.ttl} ${lease.remainingTtl} ${lease.keptAlive} ${keys}`;
  });
  return lines.sort().join('\n');
}

export function checkLeases(machines: readonly StateMachine[]): void {
  const byIndex = new Map<number, string>();
  for (const machine of machines) {
    const leases = leasesOf(machine);
    const other = byIndex.get(machine.appliedIndex) ?? leases;
    demand(leases === other, () => `two members have different leases:\n${leases}\nand\n${other}`);
    byIndex.set(machine.appliedIndex, leases);
  }
}
