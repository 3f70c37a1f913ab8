/**
 * The process and Node.js itself, as Prometheus metrics: memory, descriptors, event loop, garbage collection. `prom-client`
 * knows how to ask the runtime; what Go's library tells besides is read from `/proc`, where there is one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** A file of `/proc`, or nothing on systems without. */
function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Open files this process may have; 0 if that is not known. */
export function fileDescriptorLimit(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readProc('/proc/self/limits'))?.[1];
  return limit === undefined ? 0 : Number(limit);
}

function fileDescriptorsInUse(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

/** In bytes; unlimited is the greatest 64-bit number, as Go's library tells it. */
function addressSpaceLimit(): number {
  const limit = /^Max address space\s+(\d+)/m.exec(readProc('/proc/self/limits'))?.[1];
  return limit === undefined ? 2 ** 64 : Number(limit);
}

/** Bytes received and sent by the network namespace of this process. */
function networkBytes(): { readonly received: number; readonly sent: number } {
  let received = 0;
  let sent = 0;
  const octets = /^IpExt: (\d.*)$/m.exec(readProc('/proc/self/net/netstat'))?.[1]?.split(' ');
  const names = /^IpExt: ([A-Z].*)$/m.exec(readProc('/proc/self/net/netstat'))?.[1]?.split(' ');
  if (octets !== undefined && names !== undefined) {
    received = Number(octets[names.indexOf('InOctets')] ?? 0);
    sent = Number(octets[names.indexOf('OutOctets')] ?? 0);
  }
  return { received, sent };
}

/** Observers of the runtime begin to run with the first one of these; a process has one. */
export class RuntimeMetrics {
  readonly #registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('os_fd_limit', 'Files that the process may have open.', fileDescriptorLimit);
    this.#gauge('os_fd_used', 'Files that it has open.', fileDescriptorsInUse);
    this.#gauge(
      'process_virtual_memory_max_bytes',
      'Virtual memory that the process may have.',
      addressSpaceLimit,
    );
  }

  /** The text that a scrape shows of them. */
  async text(): Promise<string> {
    return `${await this.#registry.metrics()}\n${networkText()}`;
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}

/** Counters that are read and not counted are not in the library's book. */
function networkText(): string {
  const { received, sent } = networkBytes();
  return [
    '# HELP process_network_receive_bytes_total Bytes received by the network that the process is in.',
    '# TYPE process_network_receive_bytes_total counter',
    `process_network_receive_bytes_total ${received}`,
    '# HELP process_network_transmit_bytes_total Bytes sent by the network that the process is in.',
    '# TYPE process_network_transmit_bytes_total counter',
    `process_network_transmit_bytes_total ${sent}`,
    '',
  ].join('\n');
}
