/** Which shape a message has on the stage and where it is on its way. */
import type { MessageView } from '../../../src/lab/index.js';
import { type TextKey, t } from '../i18n/index.js';

export type MessageShape = 'vote' | 'append' | 'heartbeat' | 'read' | 'snapshot' | 'request';

const SHAPES: Readonly<Record<MessageView['kind'], MessageShape>> = {
  vote: 'vote',
  'vote-response': 'vote',
  'pre-vote': 'vote',
  'pre-vote-response': 'vote',
  append: 'append',
  'append-response': 'append',
  heartbeat: 'heartbeat',
  'heartbeat-response': 'heartbeat',
  snapshot: 'snapshot',
  'timeout-now': 'request',
  propose: 'request',
  'read-index': 'read',
  'read-index-response': 'read',
  'transfer-leader': 'request',
};

/** Where the thesis speaks of each kind. */
const SECTIONS: Readonly<Record<MessageView['kind'], string>> = {
  vote: '3.4, 3.6.1',
  'vote-response': '3.4',
  'pre-vote': '9.6',
  'pre-vote-response': '9.6',
  append: '3.5',
  'append-response': '3.5, 3.6.2',
  heartbeat: '3.4',
  'heartbeat-response': '6.4',
  snapshot: '5.3',
  'timeout-now': '3.10',
  propose: '6.2',
  'read-index': '6.4',
  'read-index-response': '6.4',
  'transfer-leader': '3.10',
};

export const shapeOf = (kind: MessageView['kind']): MessageShape => SHAPES[kind] ?? 'request';
export const sectionOf = (kind: MessageView['kind']): string => SECTIONS[kind] ?? '3';
export const isResponse = (kind: MessageView['kind']): boolean => kind.endsWith('-response');
export const nameKeyOf = (kind: MessageView['kind']): TextKey =>
  kind in SHAPES ? `message.${kind}` : 'message.other';
export const explanationKeyOf = (kind: MessageView['kind']): TextKey =>
  kind in SHAPES ? `explain.${kind}` : 'explain.other';

/** The value of a field of a message, or undefined. */
export function fieldOf(message: MessageView, name: string): string | number | boolean | undefined {
  return message.fields.find((field) => field.name === name)?.value;
}

/** What a message says in two or three words; empty for those whose shape says it all. */
export function labelOf(message: MessageView): string {
  switch (message.kind) {
    case 'vote':
      return t('label.vote', { term: message.term });
    case 'pre-vote':
      return t('label.pre-vote', { term: message.term });
    case 'vote-response':
    case 'pre-vote-response':
      return t(fieldOf(message, 'reject') === true ? 'label.no' : 'label.yes');
    case 'append':
      return String(fieldOf(message, 'entries') ?? '').replace(/^(\S+) (?:.* )?(\S+)$/, '$1 … $2');
    case 'append-response':
      return t(fieldOf(message, 'reject') === true ? 'label.no' : 'label.has', {
        index: Number(fieldOf(message, 'index')),
      });
    case 'read-index':
      return t('label.read');
    case 'read-index-response':
      return t('label.read-at', { index: Number(fieldOf(message, 'index')) });
    case 'snapshot':
      return t('label.snapshot', { index: Number(fieldOf(message, 'index')) });
    case 'propose':
      return t('label.propose');
    case 'timeout-now':
      return t('label.timeout-now');
    default:
      return '';
  }
}

/** The share of the way a lost message comes before it is seen to vanish; a cut is in the middle of its link. */
const LOST_AT = 0.5;

export interface Flight {
  /** 0 at the sender, 1 at the receiver. */
  readonly part: number;
  /** 1, and falling to 0 where it is lost. */
  readonly opacity: number;
}

export function flightOf(message: MessageView, nowMs: number): Flight {
  const whole = message.arrivesMs - message.sentMs;
  const part = whole <= 0 ? 1 : Math.min(1, Math.max(0, (nowMs - message.sentMs) / whole));
  if (!message.lost) return { part, opacity: 1 };
  if (part <= LOST_AT) return { part, opacity: 1 };
  return { part: LOST_AT, opacity: Math.max(0, 1 - (part - LOST_AT) * 3) };
}
