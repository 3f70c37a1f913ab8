/** etcdserverpb.Watch: change events as a stream of responses; one stream carries many watchers. */
import type { WatchableStore } from '../../mvcc/index.js';
import type { Clock, Random } from '../../platform/index.js';
import type { MethodHandler } from '../../transport/index.js';
import { type ApiContext, admit } from './context.js';
import { watchDenied, whenTokenKnown } from './credentials.js';
import { LeaderMonitor } from './leader-monitor.js';
import { WatchResponses } from './watch-response.js';
import { WatchStream, type WatchStreamParts } from './watch-stream.js';

/** etcd splits responses at the greatest request it takes and this. */
const FRAGMENT_OVERHEAD_BYTES = 512 * 1024;

export interface WatchServiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: {
    readonly maxRequestBytes: number;
    readonly electionMs: number;
    readonly watchProgressNotifyMs: number;
  };
  /** Shared with other streams that may ask for a leader. */
  readonly leaderMonitor?: LeaderMonitor;
}

export function watchService(
  context: ApiContext,
  store: WatchableStore,
  options: WatchServiceOptions,
): [string, MethodHandler][] {
  const { member, machine } = context;
  const { clock, random, config } = options;
  const parts: WatchStreamParts = {
    store,
    responses: new WatchResponses(
      (out, revision) => member.header.write(out, revision, machine.appliedTerm),
      config.maxRequestBytes + FRAGMENT_OVERHEAD_BYTES,
    ),
    clock,
    random,
    leaderMonitor:
      options.leaderMonitor ?? new LeaderMonitor(clock, () => member.hasLeader, config.electionMs),
    progressNotifyMs: config.watchProgressNotifyMs,
    authorizeWatch: (call, key, rangeEnd) => watchDenied(context, call, key, rangeEnd),
  };
  const handle: MethodHandler = {
    kind: 'stream',
    handle(call) {
      if (admit(context, call)) whenTokenKnown(context, call, () => new WatchStream(call, parts));
    },
  };
  return [['/etcdserverpb.Watch/Watch', handle]];
}
