/** What a client asked for, and how far it has come. */
export type OperationKind = 'put' | 'delete' | 'compare-and-put' | 'read' | 'serializable-read' | 'compact';

/**
 * Of a change: received, forwarded (only if another member leads), appended, replicated, committed, applied, answered.
 * Of a linearizable read: received, asked-leader (only if another member leads), heartbeat-round, read-index, applied,
 * answered. Of a serializable one: received, answered.
 */
export type OperationStepName =
  | 'received'
  | 'forwarded'
  | 'appended'
  | 'replicated'
  | 'committed'
  | 'asked-leader'
  | 'heartbeat-round'
  | 'read-index'
  | 'applied'
  | 'answered';

export interface OperationStepView {
  readonly step: OperationStepName;
  /** When it was done; undefined: not yet. */
  readonly ms: number | undefined;
  readonly event: number | undefined;
}

export type OperationStatus = 'open' | 'answered' | 'refused' | 'lost';

export interface OperationView {
  /** Counts up from 1. */
  readonly id: number;
  readonly kind: OperationKind;
  readonly key: string;
  readonly value: string;
  /** The member that was asked. */
  readonly via: number;
  readonly calledMs: number;
  readonly calledEvent: number;
  readonly status: OperationStatus;
  readonly answeredMs: number | undefined;
  readonly answeredEvent: number | undefined;
  /** A read's value, `(none)` for an absent key, a refusal's message; empty while open. */
  readonly result: string;
  /** Of the answer's header; 0: none. */
  readonly revision: number;
  /** A read that was answered with less than some client had seen acknowledged when it began. */
  readonly stale: boolean;
  /** The entry of a change; 0: none yet. */
  readonly index: number;
  readonly term: number;
  /** The members that hold the entry durably, and how many voters there are; of a read: that answered its round. */
  readonly copies: readonly number[];
  readonly voters: number;
  /** What a linearizable read waits for; 0: unknown yet. */
  readonly readIndex: number;
  readonly steps: readonly OperationStepView[];
}
