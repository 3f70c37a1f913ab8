/** A member's log line for human eyes: the JSON object with time, message and fields in one short line. */

export interface LogLine {
  readonly text: string;
  readonly level: string;
  /** What the line says of the member's part in the cluster: its new role, or that it serves. */
  readonly role: string | undefined;
  readonly serves: boolean;
}

const MESSAGE_OF_ROLE = 'raft role changed';
const MESSAGE_OF_READY = 'ready to serve client requests';

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map(show).join(',') : JSON.stringify(value);
}

/** A line that is no JSON object comes out as it is. */
export function readLogLine(line: string): LogLine {
  let record: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('no object');
    record = parsed as Record<string, unknown>;
  } catch {
    return { text: line, level: 'info', role: undefined, serves: false };
  }
  const { level, ts, msg, ...fields } = record;
  const time = /T(\d\d:\d\d:\d\d\.\d{3})/.exec(String(ts))?.[1] ?? '';
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${show(value)}`);
  const head = level === 'info' ? [] : [String(level)];
  return {
    text: [time, ...head, String(msg), ...shown].join(' '),
    level: String(level),
    role: msg === MESSAGE_OF_ROLE ? String(fields['role']) : undefined,
    serves: msg === MESSAGE_OF_READY,
  };
}
