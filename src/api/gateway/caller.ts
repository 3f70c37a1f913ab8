/** Who calls, as HTTP headers say it and services ask for it: grpc-gateway's mapping of headers to metadata. */
import { decodeBase64, decodeLatin1 } from '../../stdx/index.js';
import { TIMEOUT_UNIT_MS } from '../../transport/index.js';
import type { HttpRequest } from '../http/exchange.js';

const METADATA_PREFIX = 'grpc-metadata-';
const HTTP_PREFIX = 'grpcgateway-';

/** HTTP's own headers: services see them under a prefix, lest they are taken for metadata. */
const HTTP_HEADERS = new Set([
  'accept',
  'accept-charset',
  'accept-language',
  'accept-ranges',
  'authorization',
  'cache-control',
  'content-type',
  'cookie',
  'date',
  'expect',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-schedule-tag-match',
  'if-unmodified-since',
  'max-forwards',
  'origin',
  'pragma',
  'referer',
  'user-agent',
  'via',
  'warning',
]);

/** What a header's value may be to become metadata: printable ASCII. */
const TEXT_VALUE = /^[\x20-\x7e]*$/;

export interface Caller {
  readonly remoteAddress: string;
  /** Infinity without a deadline; zero or less: it has passed. */
  readonly timeoutMs: number;
  metadata(name: string): string | undefined;
}

/** The caller, or what is wrong with the headers (of code INVALID_ARGUMENT). */
export function callerOf(request: HttpRequest): Caller | string {
  const timeout = request.header('grpc-timeout');
  const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : timeoutOf(timeout);
  if (timeoutMs === undefined) return `invalid grpc-timeout: ${timeout}`;
  const badBinary = request.headers.find(
    ([name, value]) => isBinary(name.toLowerCase()) && binaryOf(value) === undefined,
  );
  if (badBinary !== undefined) {
    const [name, value] = badBinary;
    return `invalid binary header ${canonical(name)}: illegal base64 data at input byte ${badAt(value)}`;
  }
  return {
    remoteAddress: request.remoteAddress,
    timeoutMs,
    metadata: (name) => metadataOf(request, name),
  };
}

function timeoutOf(text: string): number | undefined {
  const unit = TIMEOUT_UNIT_MS[text.at(-1) ?? ''];
  const digits = text.slice(0, -1);
  if (unit === undefined || !/^[+-]?[0-9]+$/.test(digits)) return undefined;
  const ms = Number(digits) * unit;
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}

function metadataOf(request: HttpRequest, name: string): string | undefined {
  if (name === 'authorization') {
    return textOf(request.header(name) ?? request.header(`${METADATA_PREFIX}${name}`));
  }
  if (name.startsWith(HTTP_PREFIX)) {
    const header = name.slice(HTTP_PREFIX.length);
    return HTTP_HEADERS.has(header) ? textOf(request.header(header)) : undefined;
  }
  const value = request.header(`${METADATA_PREFIX}${name}`);
  return value !== undefined && name.endsWith('-bin') ? binaryOf(value) : textOf(value);
}

function textOf(value: string | undefined): string | undefined {
  return value !== undefined && TEXT_VALUE.test(value) ? value : undefined;
}

function isBinary(name: string): boolean {
  return name.startsWith(METADATA_PREFIX) && name.endsWith('-bin');
}

/** One character a byte. */
function binaryOf(value: string): string | undefined {
  const padded = value.length % 4 === 0 ? value : value.padEnd(Math.ceil(value.length / 4) * 4, '=');
  const bytes = decodeBase64(padded);
  return bytes === undefined ? undefined : decodeLatin1(bytes);
}

function badAt(value: string): number {
  const at = value.search(/[^A-Za-z0-9+/]/);
  return at < 0 ? value.length : at;
}

/** As Go spells header names. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
