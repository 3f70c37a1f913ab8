import type { Entry } from '../entry.js';
import { ENTRY_OVERHEAD_BYTES } from '../limits.js';

/** What an entry counts against the byte limits. */
export const entryBytes = (entry: Entry): number => ENTRY_OVERHEAD_BYTES + entry.data.length;
