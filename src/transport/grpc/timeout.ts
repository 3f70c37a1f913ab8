/** `grpc-timeout`: at most eight digits and a unit (gRPC over HTTP/2, "Timeout"). */
import { TIMEOUT_MS_MAX } from './limits.js';

/** What a unit of the header stands for. */
export const TIMEOUT_UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000001,
};

/** Longest header value: eight digits and the unit. */
const TIMEOUT_CHARS_MAX = 9;

/** Milliseconds (Infinity when too long to matter), or why the value is malformed, in grpc-go's words. */
export function parseTimeout(value: string): number | string {
  if (value.length < 2) return `transport: timeout string is too short: "${value}"`;
  if (value.length > TIMEOUT_CHARS_MAX) return `transport: timeout string is too long: "${value}"`;
  const unit = TIMEOUT_UNIT_MS[value[value.length - 1]!];
  if (unit === undefined) return `transport: timeout unit is not recognized: "${value}"`;
  const digits = value.slice(0, -1);
  if (!/^[0-9]+$/.test(digits)) return `strconv.ParseUint: parsing "${digits}": invalid syntax`;
  const ms = Number(digits) * unit;
  return ms > TIMEOUT_MS_MAX ? Number.POSITIVE_INFINITY : ms;
}

/** The header value of a time-out in milliseconds, rounded up in the finest unit that fits. */
export function formatTimeout(ms: number): string {
  const limit = 1e8;
  if (ms <= 0) return '0n';
  if (ms * 1000 < limit) return `${Math.ceil(ms * 1000)}u`;
  if (ms < limit) return `${Math.ceil(ms)}m`;
  return `${Math.min(limit - 1, Math.ceil(ms / 1000))}S`;
}
