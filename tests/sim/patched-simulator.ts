/**
 * The simulator over a product that is wrong in one place: a copy of the compiled sources with a piece of text replaced.
 * So the product needs no switch for it, and a patch that no longer fits fails instead of changing nothing.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { simulate } from '../../src/sim/index.js';

export interface Patch {
  /** Below `src`, without its extension. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export type Simulate = typeof simulate;

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
/** What a simulation does not need: these stand above it. */
const LEFT_OUT = ['bench', 'client', 'cmd', 'node'];

/** Fails if the product does not contain what is to be replaced, exactly once. */
export function assertFits({ file, find }: Patch): void {
  const parts = readFileSync(join(SOURCES, `${file}.js`), 'utf8').split(find);
  assert.equal(parts.length, 2, `${file} contains once: ${find}`);
}

function applyPatch(folder: string, { file, find, replace }: Patch): void {
  const path = join(folder, `${file}.js`);
  const text = readFileSync(path, 'utf8');
  const parts = text.split(find);
  assert.equal(parts.length, 2, `${file} contains once: ${find}`);
  writeFileSync(path, parts.join(replace));
}

/** Hands the simulator over the patched product to `use`, and removes it afterwards. */
export async function withPatches<T>(
  patches: readonly Patch[],
  use: (simulate: Simulate) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'quoin-mutant-'));
  try {
    cpSync(SOURCES, folder, {
      recursive: true,
      filter: (path) => {
        const [name] = relative(SOURCES, path).split(sep);
        return !LEFT_OUT.includes(name!) && !/\.(map|d\.ts|test\.js)$/.test(path);
      },
    });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const patch of patches) applyPatch(folder, patch);
    const patched = (await import(pathToFileURL(join(folder, 'sim/index.js')).href)) as {
      simulate: Simulate;
    };
    return await use(patched.simulate);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
