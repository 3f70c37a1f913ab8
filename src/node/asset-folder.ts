/** The files of a folder, read once: what a page is made of. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** By path within the folder, with forward slashes; undefined if there is no such folder, or nothing in it. */
export async function readAssetFolder(folder: string): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const assets = new Map<string, Uint8Array>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    assets.set(relative(folder, path).split(sep).join('/'), await readFile(path));
  }
  return assets.size === 0 ? undefined : assets;
}
