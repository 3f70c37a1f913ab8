export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Where log lines go. `fields` are printed in order after the message, as etcd's JSON log does. */
export interface LogSink {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
