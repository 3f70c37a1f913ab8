/** Maintenance.Snapshot: this member's state as a file that etcdctl saves and etcdutl or quoinutl restores. */
import type { Backend } from '../../mvcc/index.js';
import { Reason, readStatePoint } from '../../state-machine/index.js';
import type { MethodHandler, StreamCall } from '../../transport/index.js';
import { SnapshotRequest } from '../../wire/index.js';
import { type ApiContext, admit, refuse, refuseMalformedMessage } from './context.js';
import { identify, refusalOf } from './credentials.js';
import { SNAPSHOT_STREAMS_MAX, SNAPSHOT_VIEW_POLL_MS } from './limits.js';
import { type Digest, SnapshotStream } from './snapshot-stream.js';

export interface SnapshotServiceParts {
  readonly backend: Backend;
  newSha256(): Digest;
}

export function snapshotService(context: ApiContext, parts: SnapshotServiceParts): [string, MethodHandler][] {
  const { clock, counters } = context.member;
  let streams = 0;
  /** What was acknowledged before the call is in the file: waits until the backend has committed that much. */
  const begin = (call: StreamCall, index: number): void => {
    if (call.finished) {
      streams--;
      return;
    }
    const committed = readStatePoint(parts.backend)?.index ?? 0;
    if (committed < index) {
      clock.setTimer(SNAPSHOT_VIEW_POLL_MS, () => begin(call, index));
      return;
    }
    const began = clock.now();
    new SnapshotStream(call, parts.backend.snapshot(), clock, parts.newSha256(), () => {
      counters.snapshotSeconds.observe((clock.now() - began) / 1000);
      streams--;
    });
  };
  const handle = (call: StreamCall): void => {
    call.onMessage = (buf, start, end) => {
      call.onMessage = undefined;
      try {
        SnapshotRequest.decode(buf, start, end);
      } catch (error) {
        return refuseMalformedMessage(call, error);
      }
      if (!admit(context, call, true)) return;
      identify(context, call, (who) => {
        const refusal = refusalOf(context, who, 'root');
        if (refusal !== undefined) return refuse(call, refusal);
        if (streams >= SNAPSHOT_STREAMS_MAX) return refuse(call, Reason.TOO_MANY_REQUESTS);
        streams++;
        begin(call, context.machine.appliedIndex);
      });
    };
  };
  return [['/etcdserverpb.Maintenance/Snapshot', { kind: 'stream', handle }]];
}
