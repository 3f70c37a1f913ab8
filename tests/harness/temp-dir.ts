import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const kept = process.env['QUOIN_TEST_KEEP'] === '1';
const made: string[] = [];

process.on('exit', () => {
  if (kept) return;
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

/** A new empty folder, removed when the test process exits (`QUOIN_TEST_KEEP=1` keeps it). */
export function tempDir(label: string): string {
  const path = mkdtempSync(join(tmpdir(), `quoin-${label}-`));
  made.push(path);
  return path;
}

export function removeDir(path: string): void {
  if (!kept) rmSync(path, { recursive: true, force: true });
}
