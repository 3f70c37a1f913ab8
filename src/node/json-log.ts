/**
 * etcd's log line: one JSON object with `level`, `ts`, `msg` and then the fields in order (zap's production encoder).
 * Identifiers are expected as lower-case hexadecimal text; a bigint is written that way.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogLevel, LogSink } from '../platform/index.js';

const SEVERITY: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3, fatal: 6 };

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'console';
  /** `stderr`, `stdout`, or file paths. */
  readonly outputs: readonly string[];
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return BigInt.asUintN(64, value).toString(16);
  if (value instanceof Error) return value.message;
  return value;
}

/** `2006-01-02T15:04:05.000000Z`: microseconds are what etcd prints; the clock gives milliseconds. */
function timestamp(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

export class JsonLog implements LogSink {
  readonly #threshold: number;
  readonly #format: 'json' | 'console';
  readonly #descriptors: number[] = [];
  readonly #opened: number[] = [];

  constructor(options: LogOptions) {
    this.#threshold = SEVERITY[options.level];
    this.#format = options.format;
    for (const output of options.outputs) {
      if (output === 'stdout') {
        this.#descriptors.push(1);
      } else if (output === 'stderr' || output === 'default' || output === 'systemd/journal') {
        this.#descriptors.push(2);
      } else {
        const descriptor = openSync(output, 'a', 0o600);
        this.#descriptors.push(descriptor);
        this.#opened.push(descriptor);
      }
    }
  }

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (SEVERITY[level] < this.#threshold) return;
    const line =
      this.#format === 'json'
        ? JSON.stringify({ level, ts: timestamp(), msg: message, ...fields }, plain)
        : `${timestamp()}\t${level}\t${message}\t${JSON.stringify(fields, plain)}`;
    for (const descriptor of this.#descriptors) {
      try {
        writeSync(descriptor, `${line}\n`);
      } catch {
        // A log that cannot be written (a closed pipe, a full disk) must not stop the store.
      }
    }
  }

  close(): void {
    for (const descriptor of this.#opened.splice(0)) closeSync(descriptor);
  }
}
