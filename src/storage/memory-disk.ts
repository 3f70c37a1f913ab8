/**
 * A disk in memory that fails like a real one: for tests, the simulator and the browser.
 *
 * Each file keeps what programs see and what the medium holds. A crash clone starts from the medium: of every write
 * that was not yet durable it keeps all, nothing, or an arbitrary set of 512-byte sectors, by the choice of the given
 * generator; writes that were not synced survive or vanish independently of their order, as a page cache writes back in
 * any order. Names behave as on a journaling file system: of the operations since the last `syncDir` a prefix survives.
 * Directories themselves are durable at once.
 */
import type { Disk, DiskErrorCode, DiskFile, DiskFileMode, DiskOperation } from '../platform/index.js';
import { DiskError } from '../platform/index.js';
import type { Prng } from '../stdx/index.js';
import { assert } from '../stdx/index.js';
import { Inode } from './memory-inode.js';

/** An error to be returned instead of doing the work. */
export interface DiskFault {
  readonly operation: DiskOperation;
  readonly code: DiskErrorCode;
  /** Only paths that contain this. */
  readonly path?: string;
  /** How many matching operations succeed first; 0 by default. */
  readonly skip?: number;
  /** How many fail then; all by default. */
  readonly times?: number;
}

interface ArmedFault {
  readonly fault: DiskFault;
  skip: number;
  times: number;
}

type NameChange =
  | { readonly kind: 'link'; readonly path: string; readonly inode: Inode }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

export interface MemoryDiskOptions {
  /** Delivers a completion later; as a microtask by default. A simulator adds its latency here. */
  readonly schedule?: (operation: DiskOperation, bytes: number, complete: () => void) => void;
  /** What all files together may take; unlimited by default. */
  readonly capacityBytes?: number;
}

export class MemoryDisk implements Disk {
  /** May be changed at any time: what is over the limit fails with ENOSPC. */
  capacityBytes: number;
  readonly #options: MemoryDiskOptions;
  readonly #schedule: (operation: DiskOperation, bytes: number, complete: () => void) => void;
  readonly #dirs = new Set<string>();
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #nameChanges: NameChange[] = [];
  #faults: ArmedFault[] = [];
  #halted = false;

  constructor(options: MemoryDiskOptions = {}) {
    this.#options = options;
    this.#schedule =
      options.schedule ?? ((_operation, _bytes, complete) => void Promise.resolve().then(complete));
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
  }

  // Test and simulator controls.

  inject(fault: DiskFault): void {
    this.#faults.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clearFaults(): void {
    this.#faults = [];
  }

  /** From now on nothing completes: whoever used this disk is dead. */
  halt(): void {
    this.#halted = true;
  }

  /** What a power failure at this moment leaves behind. This disk stays as it is. */
  crashClone(prng: Prng): MemoryDisk {
    const clone = new MemoryDisk({ ...this.#options, capacityBytes: this.capacityBytes });
    for (const dir of this.#dirs) clone.#dirs.add(dir);
    const names = new Map(this.#durableNames);
    const kept = prng.between(0, this.#nameChanges.length);
    for (let i = 0; i < kept; i++) applyNameChange(names, this.#nameChanges[i]!);
    for (const [path, inode] of names) clone.#names.set(path, inode.afterCrash(prng));
    clone.#durableNames = new Map(clone.#names);
    return clone;
  }

  /** What a killed process leaves behind: the page cache survives, so every write that was issued is there. */
  killClone(): MemoryDisk {
    const clone = new MemoryDisk({ ...this.#options, capacityBytes: this.capacityBytes });
    for (const dir of this.#dirs) clone.#dirs.add(dir);
    const copies = new Map<Inode, Inode>();
    const copy = (inode: Inode): Inode => {
      if (!copies.has(inode)) copies.set(inode, inode.clone());
      return copies.get(inode)!;
    };
    for (const [path, inode] of this.#names) clone.#names.set(path, copy(inode));
    for (const [path, inode] of this.#durableNames) clone.#durableNames.set(path, copy(inode));
    for (const change of this.#nameChanges) {
      clone.#nameChanges.push(change.kind === 'link' ? { ...change, inode: copy(change.inode) } : change);
    }
    return clone;
  }

  /** Every file's path, sorted. */
  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** A copy of a file's content, as programs see it. */
  contentOf(path: string): Uint8Array {
    const inode = this.#names.get(path);
    assert(inode !== undefined, 'no such file on the memory disk');
    const content = new Uint8Array(inode.size);
    inode.read(content, 0);
    return content;
  }

  /** Replaces a file's content, on the medium too: damage by an outside hand. */
  setContent(path: string, bytes: Uint8Array): void {
    const inode = new Inode();
    inode.write(bytes, 0);
    inode.syncAll(inode.pendingMark());
    this.#names.set(path, inode);
    this.#durableNames.set(path, inode);
  }

  // The port.

  open(path: string, mode: DiskFileMode): Promise<DiskFile> {
    return this.run('open', path, 0, () => new MemoryFile(this, path, this.#inodeAt('open', path), mode));
  }

  create(path: string, mode: DiskFileMode): Promise<DiskFile> {
    return this.run('create', path, 0, () => {
      if (!this.#dirs.has(dirOf(path))) throw new DiskError('ENOENT', 'create', path, 'no such directory');
      if (this.#names.has(path)) throw new DiskError('EEXIST', 'create', path, 'file exists');
      const inode = new Inode();
      this.#changeName({ kind: 'link', path, inode });
      return new MemoryFile(this, path, inode, mode);
    });
  }

  list(dir: string): Promise<string[]> {
    return this.run('list', dir, 0, () => {
      if (!this.#dirs.has(dir)) throw new DiskError('ENOENT', 'list', dir, 'no such directory');
      const prefix = `${dir}/`;
      const names = new Set<string>();
      for (const path of [...this.#names.keys(), ...this.#dirs]) {
        if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/')[0]!);
      }
      return [...names].sort();
    });
  }

  makeDir(dir: string): Promise<void> {
    return this.run('make-dir', dir, 0, () => {
      for (let at = dir; at !== '' && at !== '.'; at = dirOf(at)) this.#dirs.add(at);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.run('rename', from, 0, () => {
      this.#inodeAt('rename', from);
      this.#changeName({ kind: 'rename', from, to });
    });
  }

  remove(path: string): Promise<void> {
    return this.run('remove', path, 0, () => {
      this.#inodeAt('remove', path);
      this.#changeName({ kind: 'unlink', path });
    });
  }

  syncDir(dir: string): Promise<void> {
    const covered =
      this.#nameChanges.length > 0 ? this.#nameChanges[this.#nameChanges.length - 1]! : undefined;
    return this.runLate('sync-dir', dir, () => {
      if (!this.#dirs.has(dir)) throw new DiskError('ENOENT', 'sync-dir', dir, 'no such directory');
      const count = covered === undefined ? 0 : this.#nameChanges.indexOf(covered) + 1;
      for (const change of this.#nameChanges.splice(0, count)) applyNameChange(this.#durableNames, change);
    });
  }

  // For MemoryFile.

  /** Does `work` at once and reports its outcome when the schedule says so. */
  run<T>(operation: DiskOperation, path: string, bytes: number, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#halted) return;
      const error = this.takeFault(operation, path);
      let settle: () => void;
      try {
        if (error !== undefined) throw error;
        const value = work();
        settle = () => resolve(value);
      } catch (failure) {
        settle = () => reject(failure);
      }
      this.later(operation, bytes, settle);
    });
  }

  /** Like {@link run}, but the work is done on completion: a sync has no effect that can be relied on before. */
  runLate(operation: DiskOperation, path: string, work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#halted) return;
      const error = this.takeFault(operation, path);
      this.later(operation, 0, () => {
        try {
          if (error !== undefined) throw error;
          work();
          resolve();
        } catch (failure) {
          reject(failure);
        }
      });
    });
  }

  later(operation: DiskOperation, bytes: number, complete: () => void): void {
    this.#schedule(operation, bytes, () => {
      if (!this.#halted) complete();
    });
  }

  takeFault(operation: DiskOperation, path: string): DiskError | undefined {
    for (const armed of this.#faults) {
      const { fault } = armed;
      if (fault.operation !== operation || !path.includes(fault.path ?? '')) continue;
      if (armed.skip > 0) {
        armed.skip--;
      } else if (armed.times > 0) {
        armed.times--;
        return new DiskError(fault.code, operation, path, `${fault.code} (injected)`);
      }
    }
    return undefined;
  }

  hasRoomFor(inode: Inode, size: number): boolean {
    if (this.capacityBytes === Number.POSITIVE_INFINITY || size <= inode.size) return true;
    let used = size - inode.size;
    for (const each of this.#names.values()) used += each.size;
    return used <= this.capacityBytes;
  }

  get halted(): boolean {
    return this.#halted;
  }

  #inodeAt(operation: DiskOperation, path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw new DiskError('ENOENT', operation, path, 'no such file');
    return inode;
  }

  #changeName(change: NameChange): void {
    applyNameChange(this.#names, change);
    this.#nameChanges.push(change);
  }
}

function applyNameChange(names: Map<string, Inode>, change: NameChange): void {
  if (change.kind === 'link') {
    names.set(change.path, change.inode);
  } else if (change.kind === 'unlink') {
    names.delete(change.path);
  } else {
    const inode = names.get(change.from);
    assert(inode !== undefined, 'a rename follows the creation of what it renames');
    names.delete(change.from);
    names.set(change.to, inode);
  }
}

function dirOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #disk: MemoryDisk;
  readonly #inode: Inode;
  readonly #mode: DiskFileMode;
  #closed = false;

  constructor(disk: MemoryDisk, path: string, inode: Inode, mode: DiskFileMode) {
    this.path = path;
    this.#disk = disk;
    this.#inode = inode;
    this.#mode = mode;
  }

  read(into: Uint8Array, offset: number): Promise<number> {
    return this.#run('read', into.length, () => this.#inode.read(into, offset));
  }

  write(bytes: Uint8Array, offset: number, done: (error?: DiskError) => void): void {
    assert(!this.#closed, 'write on a closed file');
    assert(this.#mode !== 'read', 'write on a file opened for reading');
    if (this.#disk.halted) return;
    let error = this.#disk.takeFault('write', this.path);
    if (error === undefined && !this.#disk.hasRoomFor(this.#inode, offset + bytes.length)) {
      error = new DiskError('ENOSPC', 'write', this.path, 'no space left on device');
    }
    if (error !== undefined) {
      // A failed write has often done a part of its work.
      if (error.code === 'EIO') this.#inode.write(bytes.subarray(0, bytes.length >> 1), offset);
      const failure = error;
      this.#disk.later('write', bytes.length, () => done(failure));
      return;
    }
    const write = this.#inode.write(bytes, offset);
    this.#disk.later('write', bytes.length, () => {
      if (this.#mode === 'durable') this.#inode.syncOne(write);
      done();
    });
  }

  sync(): Promise<void> {
    const mark = this.#inode.pendingMark();
    assert(!this.#closed, 'use of a closed file');
    return this.#disk.runLate('sync', this.path, () => this.#inode.syncAll(mark));
  }

  size(): Promise<number> {
    return this.#run('size', 0, () => this.#inode.size);
  }

  truncate(size: number): Promise<void> {
    return this.#run('truncate', 0, () => {
      if (!this.#disk.hasRoomFor(this.#inode, size)) {
        throw new DiskError('ENOSPC', 'truncate', this.path, 'no space left on device');
      }
      this.#inode.truncate(size);
    });
  }

  close(): Promise<void> {
    return this.#run('close', 0, () => {
      this.#closed = true;
    });
  }

  #run<T>(operation: DiskOperation, bytes: number, work: () => T): Promise<T> {
    assert(!this.#closed, 'use of a closed file');
    return this.#disk.run(operation, this.path, bytes, work);
  }
}
