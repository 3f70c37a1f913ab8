/**
 * Keeps V8's young generation small: halves of 4 MiB instead of 16 to 64. With large ones a small heap is marked again and again,
 * which costs more than the scavenges that are saved (docs/decisions/0003-young-generation.md).
 *
 * A process cannot give itself the option `--max-semi-space-size`, but may say by which factor a half grows the next time.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

export const YOUNG_HALF_BYTES = 4 * 1024 * 1024;

const GROW = '--semi-space-growth-factor=2';
const STAY = '--semi-space-growth-factor=1';

/** The size of one of the two halves. */
export function youngHalfBytes(): number {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return (space?.space_size ?? 0) / 2;
}

/**
 * Lets each half grow to `bytes` and no further, but for growth between two turns of the event loop. If whoever started the
 * process has chosen a size, that is left to V8.
 */
export function boundYoungGeneration(bytes = YOUNG_HALF_BYTES): void {
  setFlagsFromString(GROW);
  const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  if (/semi[-_]space/.test(options)) return;
  let mayGrow = true;
  // V8 also shrinks it when little happens, so that it may have to grow again.
  const look = (): void => {
    const shouldGrow = youngHalfBytes() < bytes;
    if (shouldGrow === mayGrow) return;
    mayGrow = shouldGrow;
    setFlagsFromString(shouldGrow ? GROW : STAY);
  };
  const collections = new PerformanceObserver(look);
  collections.observe({ entryTypes: ['gc'] });
  look();
}
