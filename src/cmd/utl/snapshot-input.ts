/** A snapshot file as an argument: opened, its trailing hash compared, its structure looked over. */
import { createHash } from 'node:crypto';
import { BoltFile, CorruptBoltError } from '../../bolt/index.js';
import { FileBoltSource } from '../../node/bolt-source.js';
import { CommandError } from './command-error.js';

const HASH_BYTES = 32;
/** Databases are whole pages, and pages multiples of this: what remains is a hash or damage. */
const SECTOR_BYTES = 512;
const READ_BYTES = 4 * 1024 * 1024;

/** `required`: a file without a hash is refused. `if-present`: it is not. `skip`: the hash is not looked at. */
export type HashCheck = 'required' | 'if-present' | 'skip';

const SYSTEM_TEXTS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
};

/** Opens the file; `operation` is what the message about a missing one begins with. */
export function openSnapshot(path: string, operation: 'open' | 'stat'): FileBoltSource {
  try {
    return new FileBoltSource(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(`${operation} ${path}: ${SYSTEM_TEXTS[code ?? ''] ?? message}`);
  }
}

/** Checks what can be checked of the file before anything is believed. Throws CommandError. */
export function checkedBoltFile(source: FileBoltSource, check: HashCheck): BoltFile {
  if (check !== 'skip') checkHash(source, check);
  try {
    const file = new BoltFile(source);
    for (const _ of file.check());
    return file;
  } catch (error) {
    throw integrityError(error);
  }
}

/** The command's error for damage that was found on reading; other errors as they are. */
export function integrityError(error: unknown): unknown {
  if (!(error instanceof CorruptBoltError)) return error;
  return new CommandError(`snapshot file integrity check failed. 1 errors found.\n${error.message}`);
}

function checkHash(source: FileBoltSource, check: HashCheck): void {
  const { sizeBytes } = source;
  if (sizeBytes % SECTOR_BYTES !== HASH_BYTES) {
    if (check === 'required') throw new CommandError('snapshot missing hash but --skip-hash-check=false');
    return;
  }
  const contentBytes = sizeBytes - HASH_BYTES;
  const hash = createHash('sha256');
  for (let at = 0; at < contentBytes; at += READ_BYTES) {
    hash.update(source.read(at, Math.min(READ_BYTES, contentBytes - at)));
  }
  const expected = source.read(contentBytes, HASH_BYTES);
  const found = hash.digest();
  if (!found.equals(expected)) {
    throw new CommandError(`expected sha256 [${expected.join(' ')}], got [${[...found].join(' ')}]`);
  }
}
