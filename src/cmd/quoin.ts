/** The server program: reads the configuration, runs until a signal, says why it ends. */
import { ConfigError } from './config/config-error.js';
import { readServerConfig, type ServerCommand } from './config/server-config.js';
import { SERVER_FLAGS } from './flags/server-flags.js';
import { runServer } from './server/run.js';
import { API_VERSION, QUOIN_VERSION } from './version.js';

function printVersion(): void {
  console.log(`etcd Version: ${API_VERSION}`);
  console.log(`Quoin Version: ${QUOIN_VERSION}`);
  console.log(`Node.js Version: ${process.version}`);
  console.log(`OS/Arch: ${process.platform}/${process.arch}`);
}

function printHelp(): void {
  console.error('Usage: quoin [flags]');
  for (const spec of SERVER_FLAGS.values()) {
    if (spec.status === 'legacy') continue;
    const fallback = spec.default === '' ? "''" : `'${spec.default}'`;
    const note = spec.status === 'accepted' ? ' (accepted, without effect)' : '';
    console.log(
      `  --${spec.name} ${spec.kind === 'bool' ? `(default ${fallback})` : fallback}\n        ${spec.usage}${note}`,
    );
  }
}

function readCommand(): ServerCommand {
  try {
    return readServerConfig(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (error.isPlain) {
      console.error(error.message);
      if (error.exitCode === 2) console.error('Run "quoin --help" for the flags.');
    } else {
      const line = {
        level: 'warn',
        ts: new Date().toISOString(),
        msg: 'failed to verify flags',
        error: error.message,
      };
      console.error(JSON.stringify(line));
    }
    process.exit(error.exitCode);
  }
}

const command = readCommand();
if (command.kind === 'version') printVersion();
else if (command.kind === 'help') printHelp();
else await runServer(command.config, command.flags);
