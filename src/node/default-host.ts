/** The address by which others most likely reach this machine: that of the interface of the default route. */
import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

const ROUTES = '/proc/net/route';
const ANYWHERE = '00000000';

/** The interface of the default route, of a table as Linux shows it: interface, destination, gateway and so on. */
export function defaultInterface(routes: string): string | undefined {
  for (const line of routes.split('\n').slice(1)) {
    const [name, destination, , , , , , mask] = line.split('\t').map((cell) => cell.trim());
    if (destination === ANYWHERE && mask === ANYWHERE) return name;
  }
  return undefined;
}

/** Undefined if it cannot be told. */
export function defaultHost(
  routes: () => string = () => readFileSync(ROUTES, 'utf8'),
  interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces,
): string | undefined {
  try {
    const name = defaultInterface(routes());
    if (name === undefined) return undefined;
    return interfaces()[name]?.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  } catch {
    // Another system, or one that does not show its routes.
    return undefined;
  }
}
