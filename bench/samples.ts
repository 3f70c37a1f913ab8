/** What repeated paired runs say: medians of each side, and the ratio of the medians with the range of the pairs'. */

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Ratio {
  /** Of the medians. */
  readonly ofMedians: number;
  /** Smallest and largest ratio of two runs of one round. */
  readonly min: number;
  readonly max: number;
}

/** `b` relative to `a`; the i-th runs of both were made one right after the other. */
export function pairedRatio(a: readonly number[], b: readonly number[]): Ratio {
  const pairs = a.slice(0, b.length).map((value, i) => b[i]! / value);
  return { ofMedians: median(b) / median(a), min: Math.min(...pairs), max: Math.max(...pairs) };
}

export function formatRatio(ratio: Ratio): string {
  const digits = (value: number): string => (value < 1 ? value.toFixed(3) : value.toFixed(2));
  return `${digits(ratio.ofMedians)}x (${digits(ratio.min)}-${digits(ratio.max)})`;
}

/** Columns padded to their widest cell; the first one to the left, the others to the right. */
export function formatColumns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((cells) => cells[i]!.length)));
  const text = lines.map((cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return `${text.join('\n')}\n`;
}
