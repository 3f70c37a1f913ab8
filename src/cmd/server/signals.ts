import type { LogSink } from '../../platform/index.js';

/**
 * SIGTERM and SIGINT end the server in order; then the signal is raised again, so that whoever started it sees by what
 * it ended (exit code 143 or 130), as with etcd. Signals during the shutdown change nothing.
 */
export function onShutdownSignal(log: LogSink, shutDown: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      log.log('info', 'received signal; shutting down', {
        signal: signal === 'SIGTERM' ? 'terminated' : 'interrupt',
      });
      shutDown().then(
        () => {
          process.removeAllListeners(signal);
          process.kill(process.pid, signal);
        },
        (error: Error) => {
          log.log('fatal', 'failed to shut down', { error: error.message });
          process.exit(1);
        },
      );
    });
  }
}
