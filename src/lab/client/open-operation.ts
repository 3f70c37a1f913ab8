/** An operation of a client on its way, from which views are made. */

import type {
  OperationKind,
  OperationStatus,
  OperationStepName,
  OperationStepView,
  OperationView,
} from '../view/operation-view.js';
import { keptList, keptObject } from '../view/same.js';

const CHANGE_STEPS: readonly OperationStepName[] = [
  'received',
  'forwarded',
  'appended',
  'replicated',
  'committed',
  'applied',
  'answered',
];
const READ_STEPS: readonly OperationStepName[] = [
  'received',
  'asked-leader',
  'heartbeat-round',
  'read-index',
  'applied',
  'answered',
];
const LOCAL_READ_STEPS: readonly OperationStepName[] = ['received', 'answered'];
/** Steps that are not taken if the asked member leads. */
const DETOURS: readonly OperationStepName[] = ['forwarded', 'asked-leader'];

function stepsOf(kind: OperationKind): readonly OperationStepName[] {
  if (kind === 'serializable-read') return LOCAL_READ_STEPS;
  return kind === 'read' ? READ_STEPS : CHANGE_STEPS;
}

/** When something happened. */
export interface Moment {
  readonly ms: number;
  readonly event: number;
}

export interface OperationRequest {
  readonly kind: OperationKind;
  readonly key: string;
  readonly value: string;
  readonly via: number;
}

export class OpenOperation {
  readonly id: number;
  readonly request: OperationRequest;
  readonly called: Moment;
  /** The encoded request; its copy in an entry is recognised by it. */
  readonly body: Uint8Array;
  /** Of the replicated request; 0 until it is proposed. */
  requestId = 0;
  /** Of a linearizable read under way; 0n: none. */
  context = 0n;
  /** The round of heartbeats that confirms it, and who leads it; 0: unknown. */
  round = 0;
  roundLeader = 0;
  index = 0;
  term = 0;
  readIndex = 0;
  voters = 0;
  status: OperationStatus = 'open';
  result = '';
  revision = 0;
  stale = false;
  #copies: readonly number[] = [];
  readonly #done = new Map<OperationStepName, Moment>();
  #answered: Moment | undefined;
  #view: OperationView | undefined;

  constructor(id: number, request: OperationRequest, called: Moment, body: Uint8Array) {
    this.id = id;
    this.request = request;
    this.called = called;
    this.body = body;
  }

  get isOpen(): boolean {
    return this.status === 'open';
  }

  get isRead(): boolean {
    return this.request.kind === 'read' || this.request.kind === 'serializable-read';
  }

  get copies(): readonly number[] {
    return this.#copies;
  }

  set copies(copies: readonly number[]) {
    this.#copies = keptList(this.#copies, copies);
  }

  has(step: OperationStepName): boolean {
    return this.#done.has(step);
  }

  reach(step: OperationStepName, at: Moment): void {
    if (!this.#done.has(step)) this.#done.set(step, at);
  }

  end(status: OperationStatus, result: string, at: Moment): void {
    this.status = status;
    this.result = result;
    this.#answered = at;
    if (status !== 'answered') return;
    // Applied and answered are one step of the member.
    if (this.index > 0 || this.readIndex > 0) this.reach('applied', at);
    this.reach('answered', at);
  }

  /** The same object as before, if nothing has changed. */
  look(): OperationView {
    const { id, called, status, result, revision, stale, index, term, voters, readIndex } = this;
    const next: OperationView = {
      id,
      ...this.request,
      calledMs: called.ms,
      calledEvent: called.event,
      status,
      answeredMs: this.#answered?.ms,
      answeredEvent: this.#answered?.event,
      result,
      revision,
      stale,
      index,
      term,
      copies: this.#copies,
      voters,
      readIndex,
      steps: this.#steps(),
    };
    this.#view = keptObject(this.#view ?? null, next);
    return this.#view;
  }

  #steps(): readonly OperationStepView[] {
    const before = this.#view?.steps ?? [];
    const isDirect = this.has('appended') || this.has('read-index') || this.has('heartbeat-round');
    const steps = stepsOf(this.request.kind)
      .filter((step) => !DETOURS.includes(step) || this.has(step) || !isDirect)
      .map((step): OperationStepView => {
        const at = this.#done.get(step);
        const known = before.find((each) => each.step === step);
        return keptObject(known ?? null, { step, ms: at?.ms, event: at?.event });
      });
    return keptList(before, steps);
  }
}
