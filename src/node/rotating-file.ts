/**
 * A log file that is put aside when it has grown too large, as lumberjack does it for etcd: `x.log` becomes
 * `x-2006-01-02T15-04-05.000.log` beside it, and old ones are removed by number and by age, or compressed.
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface LogRotation {
  readonly bytesMax: number;
  /** Files older than this are removed; 0: never. */
  readonly daysMax: number;
  /** Files that are kept beside the one in use; 0: all. */
  readonly backupsMax: number;
  /** Whether names tell the local time, or UTC. */
  readonly isLocalTime: boolean;
  readonly isCompressed: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const COMPRESSED = '.gz';
const STAMP = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}$/;
const MODE = 0o600;

const compress = promisify(gzip);

/** `2006-01-02T15-04-05.000`, which sorts as the times do. */
function stampOf(ms: number, isLocalTime: boolean): string {
  const shift = isLocalTime ? new Date(ms).getTimezoneOffset() * 60_000 : 0;
  return new Date(ms - shift).toISOString().slice(0, 23).replaceAll(':', '-');
}

interface Backup {
  readonly file: string;
  readonly stamp: string;
  readonly isCompressed: boolean;
}

export class RotatingFile {
  readonly #path: string;
  readonly #rotation: LogRotation;
  readonly #now: () => number;
  #descriptor: number;
  #bytes: number;
  #tending: Promise<void> = Promise.resolve();
  #lastStamp = '';

  constructor(path: string, rotation: LogRotation, now: () => number = Date.now) {
    this.#path = path;
    this.#rotation = rotation;
    this.#now = now;
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, 'a', MODE);
    this.#bytes = fstatSync(this.#descriptor).size;
    this.#tend();
  }

  /** Old files are compressed and removed in the background; this is when that is done. */
  get tended(): Promise<void> {
    return this.#tending;
  }

  write(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#rotation.bytesMax) {
      try {
        this.#rotate();
      } catch {
        // A file that cannot be put aside goes on to grow: better than to lose the line.
      }
    }
    writeSync(this.#descriptor, bytes);
    this.#bytes += bytes.length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    let stamp = stampOf(this.#now(), this.#rotation.isLocalTime);
    // Two within a millisecond must not overwrite one another.
    if (stamp <= this.#lastStamp) stamp = nextStamp(this.#lastStamp);
    this.#lastStamp = stamp;
    const extension = extname(this.#path);
    const stem = basename(this.#path, extension);
    renameSync(this.#path, join(dirname(this.#path), `${stem}-${stamp}${extension}`));
    const fresh = openSync(this.#path, 'a', MODE);
    closeSync(this.#descriptor);
    this.#descriptor = fresh;
    this.#bytes = 0;
    this.#tend();
  }

  #tend(): void {
    // What cannot be removed or compressed now is tried again after the next rotation.
    this.#tending = this.#tending.then(() => this.#tendBackups()).catch(() => {});
  }

  async #tendBackups(): Promise<void> {
    const { backupsMax, daysMax, isLocalTime, isCompressed } = this.#rotation;
    const folder = dirname(this.#path);
    const oldest = daysMax > 0 ? stampOf(this.#now() - daysMax * DAY_MS, isLocalTime) : '';
    const backups = this.#backupsAmong(await readdir(folder));
    const stamps = [...new Set(backups.map(({ stamp }) => stamp))].sort().reverse();
    const kept = new Set(
      stamps.slice(0, backupsMax > 0 ? backupsMax : undefined).filter((stamp) => stamp >= oldest),
    );
    for (const backup of backups) {
      const path = join(folder, backup.file);
      if (!kept.has(backup.stamp)) {
        await unlink(path);
      } else if (isCompressed && !backup.isCompressed) {
        await writeFile(path + COMPRESSED, await compress(await readFile(path)), { mode: MODE });
        await unlink(path);
      }
    }
  }

  #backupsAmong(files: readonly string[]): Backup[] {
    const extension = extname(this.#path);
    const prefix = `${basename(this.#path, extension)}-`;
    const backups: Backup[] = [];
    for (const file of files) {
      const isCompressed = file.endsWith(extension + COMPRESSED);
      const end = isCompressed ? extension + COMPRESSED : extension;
      if (!file.startsWith(prefix) || !file.endsWith(end)) continue;
      const stamp = file.slice(prefix.length, file.length - end.length);
      if (STAMP.test(stamp)) backups.push({ file, stamp, isCompressed });
    }
    return backups;
  }
}

function nextStamp(stamp: string): string {
  const [day, time] = stamp.split('T') as [string, string];
  const ms = Date.parse(`${day}T${time.replace(/-/g, ':')}Z`);
  return stampOf(ms + 1, false);
}
