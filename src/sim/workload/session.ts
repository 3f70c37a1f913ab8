/** What all clients of a run share: what has been seen so far, and the record of it. */

import type { KvRequest } from '../check/model.js';
import type { HashSample, Operation, WatchRecord } from '../check/record.js';
import { demand } from '../violation.js';

export class Session {
  readonly operations: Operation[] = [];
  readonly watches: WatchRecord[] = [];
  readonly hashes: HashSample[] = [];
  /** The newest revision that any client has seen. */
  seenRevision = 1;
  compactedFloor = 0;
  compactedCeiling = 0;
  /** Whether rights change during the run, so that a request may be refused for its old credentials. */
  rightsChange = false;

  begin(request: KvRequest): Operation {
    if (request.kind === 'compact') {
      this.compactedCeiling = Math.max(this.compactedCeiling, request.compaction.revision);
    }
    const operation: Operation = {
      id: this.operations.length,
      request,
      floor: this.seenRevision,
      compactedFloor: this.compactedFloor,
      outcome: undefined,
      ceiling: 0,
      compactedCeiling: 0,
      rightsChange: this.rightsChange,
    };
    this.operations.push(operation);
    return operation;
  }

  see(revision: number): void {
    demand(Number.isSafeInteger(revision), () => `an answer told revision ${revision}`);
    this.seenRevision = Math.max(this.seenRevision, revision);
  }
}
