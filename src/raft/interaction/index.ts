/**
 * Replays data-driven scripts, those of etcd-io/raft and our own, against the core. Not part of the product's face, but
 * as pure as the rest: a page in a browser can run a script as well.
 */
import { confchangeHandler } from './confchange-file.js';
import type { Comparison, FileResult, Handler } from './datadriven.js';
import { rewriteCases, runCases } from './datadriven.js';
import { interactionHandler } from './interaction-file.js';
import { quorumHandler } from './quorum-file.js';

/** What a script is about; the name of the folder it lies in. */
export const SCRIPT_KINDS = ['interaction', 'confchange', 'quorum'] as const;
export type ScriptKind = (typeof SCRIPT_KINDS)[number];

const HANDLERS: Readonly<Record<ScriptKind, () => Handler>> = {
  interaction: interactionHandler,
  confchange: confchangeHandler,
  quorum: quorumHandler,
};

/** Runs a script up to its first difference. */
export const replayScript = (kind: ScriptKind, text: string, comparison: Comparison): FileResult =>
  runCases(text, HANDLERS[kind](), comparison);

/** The script with the output of this run as its expectation. */
export const rewriteScript = (kind: ScriptKind, text: string): string => rewriteCases(text, HANDLERS[kind]());

export type { Comparison, Difference, FileResult } from './datadriven.js';
