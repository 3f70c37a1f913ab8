import type { MessageKind } from '../../raft/index.js';

export interface MessageView {
  /** Counts up from 1. */
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly kind: MessageKind;
  /** 0 for those that carry none. */
  readonly term: number;
  readonly sentMs: number;
  readonly sentEvent: number;
  readonly arrivesMs: number;
  /** It will not arrive. */
  readonly lost: boolean;
  /** All else it says: `commit`, `prevIndex`, `entries`... in the order of the protocol. */
  readonly fields: readonly MessageField[];
}

export interface MessageField {
  readonly name: string;
  readonly value: string | number | boolean;
}
