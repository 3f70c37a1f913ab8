/**
 * etcd's log line: one JSON object with `level`, `ts`, `msg` and then the fields in order (zap's production encoder).
 * Identifiers are expected as lower-case hexadecimal text; a bigint is written that way.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogLevel, LogSink } from '../platform/index.js';
import { type LogRotation, RotatingFile } from './rotating-file.js';

const SEVERITY: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3, fatal: 6 };

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'console';
  /** `stderr`, `stdout`, or file paths. */
  readonly outputs: readonly string[];
  /** Of files; undefined: they grow. */
  readonly rotation?: LogRotation | undefined;
}

/** Where lines go. */
interface Output {
  write(text: string): void;
  close(): void;
}

/** One of the process's streams, or a file that grows. */
class DescriptorOutput implements Output {
  readonly #descriptor: number;
  readonly #isOwn: boolean;

  constructor(descriptor: number, isOwn: boolean) {
    this.#descriptor = descriptor;
    this.#isOwn = isOwn;
  }

  write(text: string): void {
    writeSync(this.#descriptor, text);
  }

  close(): void {
    if (this.#isOwn) closeSync(this.#descriptor);
  }
}

function outputOf(name: string, rotation: LogRotation | undefined): Output {
  if (name === 'stdout') return new DescriptorOutput(1, false);
  if (name === 'stderr' || name === 'default' || name === 'systemd/journal') {
    return new DescriptorOutput(2, false);
  }
  if (rotation !== undefined) return new RotatingFile(name, rotation);
  return new DescriptorOutput(openSync(name, 'a', 0o600), true);
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
  readonly #outputs: Output[];

  constructor(options: LogOptions) {
    this.#threshold = SEVERITY[options.level];
    this.#format = options.format;
    this.#outputs = options.outputs.map((name) => outputOf(name, options.rotation));
  }

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (SEVERITY[level] < this.#threshold) return;
    const line =
      this.#format === 'json'
        ? JSON.stringify({ level, ts: timestamp(), msg: message, ...fields }, plain)
        : `${timestamp()}\t${level}\t${message}\t${JSON.stringify(fields, plain)}`;
    for (const output of this.#outputs) {
      try {
        output.write(`${line}\n`);
      } catch {
        // A log that cannot be written (a closed pipe, a full disk) must not stop the store.
      }
    }
  }

  close(): void {
    for (const output of this.#outputs.splice(0)) output.close();
  }
}
