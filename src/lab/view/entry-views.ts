/** Entries as they are shown, each made once: all members that hold an entry show the same object. */
import { decodeConfChange, type Entry, EntryKind } from '../../raft/index.js';
import { equalBytes } from '../../stdx/index.js';
import {
  CompactionRequest,
  DeleteRangeRequest,
  MemberAttributes,
  PutRequest,
  ReplicatedRequestView,
  RequestKind,
} from '../../wire/index.js';
import type { Directory } from './directory.js';
import type { EntryView } from './member-view.js';
import { shownText } from './text.js';

interface Known {
  readonly data: Uint8Array;
  readonly view: EntryView;
}

/** Index and term in one number; terms are small here. */
const TERMS_MAX = 2 ** 20;

type Description = Pick<EntryView, 'kind' | 'summary'>;

export class EntryViews {
  readonly #known = new Map<number, Known[]>();
  readonly #directory: Directory;
  readonly #operationOf: (requestId: number) => number;
  readonly #request = new ReplicatedRequestView();

  /** `operationOf`: which of the Lab's operations made a request. */
  constructor(directory: Directory, operationOf: (requestId: number) => number) {
    this.#directory = directory;
    this.#operationOf = operationOf;
  }

  view(entry: Entry): EntryView {
    const key = entry.index * TERMS_MAX + entry.term;
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, (known = []));
    // With a broken rule two entries may share index and term.
    const found = known.find(({ data }) => data === entry.data || equalBytes(data, entry.data));
    if (found !== undefined) return found.view;
    const view = this.#make(entry);
    known.push({ data: entry.data, view });
    return view;
  }

  #make(entry: Entry): EntryView {
    const { index, term, kind, data } = entry;
    if (kind !== EntryKind.NORMAL) {
      return { index, term, kind: 'conf-change', summary: this.#confChange(entry), operation: 0 };
    }
    if (data.length === 0) return { index, term, kind: 'empty', summary: '', operation: 0 };
    const request = this.#request;
    request.decode(data, 0, data.length);
    const operation = this.#operationOf(request.requestId);
    return { index, term, ...this.#describe(request), operation };
  }

  #confChange({ kind, data }: Entry): string {
    const { changes } = decodeConfChange(kind, data);
    if (changes.length === 0) return 'leave joint';
    const words = { 'add-voter': 'add', 'add-learner': 'learner', remove: 'remove', update: 'update' };
    return changes.map(({ type, nodeId }) => `${words[type]} ${this.#name(nodeId)}`).join(', ');
  }

  #name(id: bigint): string {
    const number = this.#directory.numberOf(id);
    return number === 0 ? id.toString(16) : `m${number}`;
  }

  #describe({ kind, buf, requestStart: start, requestEnd: end }: ReplicatedRequestView): Description {
    switch (kind) {
      case RequestKind.PUT: {
        const { key, value } = PutRequest.decode(buf, start, end);
        return { kind: 'put', summary: `${shownText(key)}=${shownText(value)}` };
      }
      case RequestKind.DELETE_RANGE:
        return {
          kind: 'delete',
          summary: `del ${shownText(DeleteRangeRequest.decode(buf, start, end).key)}`,
        };
      case RequestKind.TXN:
        return { kind: 'txn', summary: 'txn' };
      case RequestKind.COMPACTION:
        return {
          kind: 'compact',
          summary: `compact ${CompactionRequest.decode(buf, start, end).revision}`,
        };
      case RequestKind.MEMBER_ATTRIBUTES:
        return {
          kind: 'publish',
          summary: `publish ${this.#name(MemberAttributes.decode(buf, start, end).memberId)}`,
        };
      default:
        return { kind: 'other', summary: requestName(kind) };
    }
  }
}

function requestName(kind: RequestKind): string {
  const found = Object.entries(RequestKind).find(([, number]) => number === kind);
  return found === undefined ? String(kind) : found[0].toLowerCase().replaceAll('_', ' ');
}
