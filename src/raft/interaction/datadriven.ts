/**
 * Data-driven test files: a command line, optional input up to `----`, and the expected output up to a blank line. The
 * format is that of etcd-io/raft's scripts, so that those and our own run alike.
 */
import { assert } from '../../stdx/index.js';

export interface Argument {
  readonly key: string;
  /** Empty for a bare key; one element for `key=value`; several for `key=(a, b)`. */
  readonly values: readonly string[];
}

export interface Case {
  /** Line of the command, counted from 1. */
  readonly line: number;
  readonly command: string;
  readonly args: readonly Argument[];
  readonly input: string;
  /** Empty, or complete lines. */
  readonly expected: string;
}

const SEPARATOR = '----';

/** The end of a value that begins at `start`: a parenthesised list or a word. */
function valueEnd(text: string, start: number): number {
  if (text[start] !== '(') {
    const space = text.indexOf(' ', start);
    return space === -1 ? text.length : space;
  }
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i + 1;
  }
  assert(false, 'a parenthesis is closed');
}

function splitList(text: string): string[] {
  const values: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (text[i] === ',' && depth === 0) {
      values.push(text.slice(start, i).trimStart());
      start = i + 1;
    }
  }
  values.push(text.slice(start).trimStart());
  return values;
}

function parseArguments(text: string): Argument[] {
  const args: Argument[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    let end = at;
    while (end < text.length && text[end] !== ' ' && text[end] !== '=') end++;
    const key = text.slice(at, end);
    if (text[end] !== '=') {
      args.push({ key, values: [] });
      at = end;
      continue;
    }
    at = valueEnd(text, end + 1);
    const value = text.slice(end + 1, at);
    args.push({ key, values: value.startsWith('(') ? splitList(value.slice(1, -1)) : [value] });
  }
  return args;
}

/** The cases of a file, in order. */
export function parseCases(text: string): Case[] {
  const lines = text.split('\n');
  const cases: Case[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = at + 1;
    let directive = lines[at++]!.trim();
    if (directive === '' || directive.startsWith('#')) continue;
    while (directive.endsWith('\\'))
      directive = `${directive.slice(0, -1).trim()} ${(lines[at++] ?? '').trim()}`;
    const input: string[] = [];
    while (at < lines.length && lines[at] !== SEPARATOR) input.push(lines[at++]!);
    assert(at < lines.length, () => `the case at line ${line} has a separator`);
    at++;
    const expected: string[] = [];
    const long = lines[at] === SEPARATOR;
    if (long) at++;
    const ends = (): boolean =>
      long ? lines[at] === SEPARATOR && lines[at + 1] === SEPARATOR : lines[at]!.trim() === '';
    while (at < lines.length && !ends()) expected.push(lines[at++]!);
    if (long) at += 2;
    const space = directive.indexOf(' ');
    cases.push({
      line,
      command: space === -1 ? directive : directive.slice(0, space),
      args: space === -1 ? [] : parseArguments(directive.slice(space + 1)),
      input: input.join('\n').trim(),
      expected: expected.map((text) => `${text}\n`).join(''),
    });
  }
  return cases;
}

/** Runs a case and returns its output. */
export type Handler = (testCase: Case) => string;

/** How to compare: every byte, or without log lines, for a core may say more or less of what it thinks. */
export type Comparison = 'exact' | 'without-log-lines';

export interface Difference {
  readonly line: number;
  readonly command: string;
  readonly expected: string;
  readonly actual: string;
}

export interface FileResult {
  readonly cases: number;
  /** The first one; what comes after it only follows from it. */
  readonly difference: Difference | null;
}

const LOG_LINE = /^ *(DEBUG|INFO|WARN|ERROR|FATAL) /;

function withoutLogLines(text: string): string {
  const kept = text.split('\n').filter((line) => !LOG_LINE.test(line));
  const joined = kept.join('\n');
  return joined.trim() === '' ? 'ok\n' : joined;
}

const terminated = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** Runs all cases of a file in order, up to the first difference. */
export function runCases(text: string, handler: Handler, comparison: Comparison): FileResult {
  const cases = parseCases(text);
  const view = comparison === 'exact' ? (output: string) => output : withoutLogLines;
  for (const testCase of cases) {
    const expected = view(testCase.expected);
    const actual = view(terminated(handler(testCase)));
    if (actual === expected) continue;
    return {
      cases: cases.length,
      difference: { line: testCase.line, command: testCase.command, expected, actual },
    };
  }
  return { cases: cases.length, difference: null };
}

/** The file with the outputs this run gives: how expectations are written in the first place. */
export function rewriteCases(text: string, handler: Handler): string {
  const lines = text.split('\n');
  let out = '';
  let copied = 0;
  for (const testCase of parseCases(text)) {
    let at = testCase.line - 1;
    while (lines[at] !== SEPARATOR) at++;
    out += `${lines.slice(copied, at + 1).join('\n')}\n${terminated(handler(testCase))}`;
    copied = at + 1 + (testCase.expected === '' ? 0 : testCase.expected.split('\n').length - 1);
  }
  return out + lines.slice(copied).join('\n');
}
