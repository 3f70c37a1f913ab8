/**
 * Replays data-driven raft scripts: `npm run raft:replay -- DIR [--exact] [--rewrite]`.
 *
 * DIR has the folders `interaction`, `confchange` and `quorum`, of which any may be absent. Log lines are left out of the
 * comparison unless `--exact` is given. `--rewrite` writes the expectations of this run into the files: read the
 * difference before you commit it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Comparison, Difference } from '../src/raft/interaction/index.js';
import { replayScript, rewriteScript, SCRIPT_KINDS } from '../src/raft/interaction/index.js';

function printDifference({ line, command, expected, actual }: Difference): void {
  console.log(`  line ${line}: ${command}`);
  const want = expected.split('\n');
  const got = actual.split('\n');
  const at = want.findIndex((text, i) => text !== got[i]);
  const from = Math.max(0, (at === -1 ? want.length : at) - 3);
  for (const text of want.slice(from, from + 8)) console.log(`  expected | ${text}`);
  for (const text of got.slice(from, from + 8)) console.log(`  actual   | ${text}`);
}

function main(): number {
  const args = process.argv.slice(2);
  const directory = args.find((arg) => !arg.startsWith('--'));
  if (directory === undefined) {
    console.error('usage: raft-replay DIR [--exact] [--rewrite]');
    return 2;
  }
  const comparison: Comparison = args.includes('--exact') ? 'exact' : 'without-log-lines';
  let files = 0;
  let cases = 0;
  let different = 0;
  for (const kind of SCRIPT_KINDS) {
    const folder = join(directory, kind);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.txt')) continue;
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8');
      if (args.includes('--rewrite')) {
        writeFileSync(path, rewriteScript(kind, text));
        continue;
      }
      const result = replayScript(kind, text, comparison);
      files++;
      cases += result.cases;
      console.log(
        `${result.difference === null ? 'equal    ' : 'DIFFERENT'} ${kind}/${name} (${result.cases} commands)`,
      );
      if (result.difference === null) continue;
      different++;
      printDifference(result.difference);
    }
  }
  console.log(`${files} files, ${cases} commands: ${files - different} files equal, ${different} different`);
  return different > 0 || files === 0 ? 1 : 0;
}

process.exitCode = main();
