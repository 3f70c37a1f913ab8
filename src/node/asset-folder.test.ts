import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../tests/harness/index.js';
import { readAssetFolder } from './asset-folder.js';

test('files are found at any depth, links are not followed, and a folder that is not there is none', async () => {
  const folder = tempDir('assets');
  assert.equal(await readAssetFolder(folder), undefined);
  assert.equal(await readAssetFolder(join(folder, 'none')), undefined);
  mkdirSync(join(folder, 'a', 'b'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), 'x');
  writeFileSync(join(folder, 'a', 'b', 'c.js'), 'y');
  symlinkSync('/etc/hostname', join(folder, 'a', 'link'));
  const assets = await readAssetFolder(folder);
  assert.deepEqual([...assets!.keys()].sort(), ['a/b/c.js', 'index.html']);
  assert.equal(Buffer.from(assets!.get('a/b/c.js')!).toString(), 'y');
});
