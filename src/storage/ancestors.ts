import type { Disk } from '../platform/index.js';
import { DiskError } from '../platform/index.js';

/**
 * Makes the names on the way to `path` durable, so that a power failure cannot lose a new directory with all that was
 * acknowledged in it. Directories that may not be read were not made by us, and are passed over.
 */
export async function syncAncestors(disk: Disk, path: string): Promise<void> {
  for (let at = parentOf(path); at !== ''; at = parentOf(at)) {
    try {
      await disk.syncDir(at);
    } catch (error) {
      if (!(error instanceof DiskError) || (error.code !== 'EACCES' && error.code !== 'ENOENT')) throw error;
    }
  }
}

/** The directory that holds `path`; empty above the topmost one. */
function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash > 0) return path.slice(0, slash);
  return slash === 0 && path.length > 1 ? '/' : '';
}
