/**
 * Runs h2load (nghttp2) on one gRPC method. h2load sees HTTP only: an error of the server travels in trailers under
 * HTTP status 200. What it can tell is the bytes of the answers, so the caller compares those with a checked answer.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface H2loadRun {
  /** `http://host:port/package.Service/Method`. */
  readonly url: string;
  /** File with one gRPC frame, sent as every request's body. */
  readonly bodyPath: string;
  readonly connections: number;
  /** Calls in flight on each connection. */
  readonly streams: number;
  /** How long, or how many: one of the two. */
  readonly seconds?: number;
  readonly requests?: number;
  /** Further headers, `name: value`. */
  readonly headers?: readonly string[];
}

export interface H2loadResult {
  readonly perSecond: number;
  readonly done: number;
  /** Requests that did not end with HTTP status 2xx. */
  readonly failed: number;
  /** DATA payload of all answers. */
  readonly answerBytes: number;
}

export async function runH2load(run: H2loadRun): Promise<H2loadResult> {
  const amount = run.seconds !== undefined ? ['-D', String(run.seconds)] : ['-n', String(run.requests)];
  const args = ['-t1', `-c${run.connections}`, `-m${run.streams}`, ...amount];
  for (const header of run.headers ?? []) args.push('-H', header);
  args.push('-d', run.bodyPath, '-H', 'content-type: application/grpc', '-H', 'te: trailers', run.url);
  const { stdout } = await promisify(execFile)('h2load', args, { maxBuffer: 1 << 24 });
  return parseH2load(stdout);
}

export function parseH2load(output: string): H2loadResult {
  const pick = (pattern: RegExp): number => {
    const match = pattern.exec(output);
    if (match === null) throw new Error(`h2load printed no ${pattern}:\n${output}`);
    return Number(match[1]);
  };
  const done = pick(/^requests: .* (\d+) done,/m);
  return {
    perSecond: pick(/^finished in .*?, ([\d.]+) req\/s,/m),
    done,
    failed: done - pick(/^status codes: (\d+) 2xx,/m),
    answerBytes: pick(/^traffic: .*\((\d+)\) data/m),
  };
}
