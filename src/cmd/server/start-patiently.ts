/** Says, again and again, that a member is not ready: a start waits for a majority of the cluster, however long that takes. */
import { systemClock } from '../../node/clock.js';
import type { LogSink, Timer } from '../../platform/index.js';
import type { Member } from '../../server/index.js';

/** Resolves when the member is ready; stays pending if it is stopped before. */
export async function startPatiently(member: Member, log: LogSink): Promise<void> {
  let timer: Timer | undefined;
  const watch = (): void => {
    timer = systemClock.setTimer(member.requestTimeoutMs, () => {
      log.log('warn', 'failed to publish local member to cluster through raft', {
        'local-member-id': member.options.memberId,
        'publish-timeout': `${member.requestTimeoutMs}ms`,
        leader: member.leader,
        error: member.hasLeader ? 'etcdserver: request timed out' : 'etcdserver: no leader',
      });
      watch();
    });
  };
  watch();
  await member.start();
  timer?.cancel();
}
