/** What a start says of its configuration: flags without effect, and settings that are allowed but not wise. */
import { CAN_REUSE_PORT } from '../../node/listener.js';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import type { Endpoints } from './endpoints.js';
import type { ConfigNote, ResolvedFlags } from './resolved-flags.js';

/** etcd's advice: requests are whole in memory, on every member. */
const REQUEST_BYTES_RECOMMENDED = 10 * 1024 * 1024;

const DEPRECATED: readonly string[] = ['max-snapshots', 'v2-deprecation'];

export function notesOf(flags: ResolvedFlags, { detectedHost }: Endpoints): ConfigNote[] {
  const notes: ConfigNote[] = [];
  if (detectedHost === null) {
    notes.push({ level: 'info', message: 'failed to detect default host', fields: {} });
  } else if (detectedHost !== undefined) {
    const fields = { host: detectedHost };
    notes.push({ level: 'info', message: 'detected default host for advertise', fields });
  }
  for (const spec of SERVER_FLAGS.values()) {
    if (spec.status !== 'accepted' || !flags.isSet(spec.name)) continue;
    notes.push({
      level: 'warn',
      message: 'this flag is accepted but has no effect in this version of Quoin',
      fields: { flag: spec.name, because: spec.usage },
    });
  }
  for (const flag of DEPRECATED) {
    if (flags.isSet(flag)) notes.push({ level: 'warn', message: `--${flag} is deprecated`, fields: {} });
  }
  const requestBytes = flags.value('max-request-bytes') as number;
  if (requestBytes > REQUEST_BYTES_RECOMMENDED) {
    notes.push({
      level: 'warn',
      message: 'exceeded recommended request limit',
      fields: {
        'max-request-bytes': String(requestBytes),
        'recommended-request-bytes': String(REQUEST_BYTES_RECOMMENDED),
      },
    });
  }
  if (flags.value('socket-reuse-port') === true && !CAN_REUSE_PORT) {
    notes.push({
      level: 'warn',
      message: 'this version of Node.js cannot share ports',
      fields: { flag: 'socket-reuse-port', 'node-version': process.version },
    });
  }
  if (flags.value('name') === 'default') {
    notes.push({
      level: 'warn',
      message: "it isn't recommended to use default name, please set a value for --name",
      fields: {},
    });
  }
  return notes;
}
