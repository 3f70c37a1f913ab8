/** The form of each action: its fields in order, as links carry them. Kinds are only ever added at the end. */
import type { LabActionKind } from './action.js';

export type FieldType =
  | 'member'
  | 'boolean'
  | 'milliseconds'
  | 'text'
  | 'message'
  | 'rate'
  | 'groups'
  | 'joint-change';

type Fields = readonly (readonly [name: string, type: FieldType])[];

const LINK: Fields = [
  ['from', 'member'],
  ['to', 'member'],
  ['oneWay', 'boolean'],
];
const MEMBER: Fields = [['member', 'member']];

export const ACTION_FIELDS: Readonly<Record<LabActionKind, Fields>> = {
  crash: [...MEMBER, ['losesUnsynced', 'boolean']],
  restart: MEMBER,
  pause: MEMBER,
  resume: MEMBER,
  'slow-disk': [...MEMBER, ['writeMs', 'milliseconds']],
  'normal-disk': MEMBER,
  'cut-link': LINK,
  'heal-link': LINK,
  partition: [['groups', 'groups']],
  'heal-all': [],
  'drop-message': [['message', 'message']],
  'delay-message': [
    ['message', 'message'],
    ['ms', 'milliseconds'],
  ],
  put: [
    ['via', 'member'],
    ['key', 'text'],
    ['value', 'text'],
  ],
  delete: [
    ['via', 'member'],
    ['key', 'text'],
  ],
  'compare-and-put': [
    ['via', 'member'],
    ['key', 'text'],
    ['expected', 'text'],
    ['value', 'text'],
  ],
  read: [
    ['via', 'member'],
    ['key', 'text'],
    ['serializable', 'boolean'],
  ],
  'add-member': [
    ['via', 'member'],
    ['learner', 'boolean'],
  ],
  promote: [
    ['via', 'member'],
    ['member', 'member'],
  ],
  remove: [
    ['via', 'member'],
    ['member', 'member'],
  ],
  joint: [
    ['change', 'joint-change'],
    ['member', 'member'],
    ['stay', 'boolean'],
  ],
  'leave-joint': [],
  'transfer-leader': [['to', 'member']],
  compact: [['via', 'member']],
  'cut-log': MEMBER,
  campaign: MEMBER,
  'clock-rate': [...MEMBER, ['rate', 'rate']],
};

/** By the number under which a link has them. */
export const ACTION_KINDS = Object.keys(ACTION_FIELDS) as readonly LabActionKind[];
