import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskConformance } from '../storage/disk.conformance.js';
import { NodeDisk } from './disk.js';

diskConformance('file system', () => {
  const root = mkdtempSync(join(tmpdir(), 'quoin-disk-'));
  return { disk: new NodeDisk(), root, dispose: () => rmSync(root, { recursive: true }) };
});
