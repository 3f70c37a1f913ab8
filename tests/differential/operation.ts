/**
 * One step of a differential run: what is done to both endpoints at the same point of the sequence.
 */
import type { Message } from '../harness/index.js';

export interface UnaryOperation {
  readonly kind: 'unary';
  /** What the step is, for the coverage table. */
  readonly label: string;
  /** gRPC path. */
  readonly path: string;
  /** The request as a message, when it is one. */
  readonly request?: Message;
  readonly requestType?: string;
  /** The bytes that are sent. */
  readonly body: Uint8Array;
  /** Name of the response message; without it answers are compared as bytes. */
  readonly responseType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The step goes over the connection that compresses requests. */
  readonly gzip?: boolean;
  /** Number of times the message is sent in one call; 1 unless a protocol error is wanted. */
  readonly copies?: number;
}

/** A watch create request, on a stream of its own or on one of the shared streams. */
export interface WatchCreateOperation {
  readonly kind: 'watch-create';
  readonly label: string;
  readonly request: Message;
  /** Index of a shared stream, or undefined for a new one. */
  readonly sharedStream?: number;
}

/** Cancels the watcher chosen by `pick` among those alive (modulo their number). */
export interface WatchCancelOperation {
  readonly kind: 'watch-cancel';
  readonly label: string;
  readonly pick: number;
}

/** A message on a shared stream that must not be answered. */
export interface WatchSilentOperation {
  readonly kind: 'watch-silent';
  readonly label: string;
  readonly sharedStream: number;
  readonly body: Uint8Array;
}

export interface WatchProgressOperation {
  readonly kind: 'watch-progress';
  readonly label: string;
  readonly pick: number;
}

export type Operation =
  | UnaryOperation
  | WatchCreateOperation
  | WatchCancelOperation
  | WatchSilentOperation
  | WatchProgressOperation;

/** What the generator knows of the store: learned from the first endpoint's answers. */
export interface StoreState {
  revision: number;
  /** Last compacted revision; -1 when never compacted. */
  compacted: number;
}

export const SHARED_STREAMS = 3;
