/** Host names to addresses by the system's resolver. */
import { lookup } from 'node:dns/promises';

/** The first address of a host, as the system prefers it. Rejects if there is none. */
export async function resolveHost(host: string): Promise<string> {
  return (await lookup(host)).address;
}
