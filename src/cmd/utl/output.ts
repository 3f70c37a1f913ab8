/** The ways in which etcd's tools print a result. */
import { CommandError } from './command-error.js';

/** One value of a result under the name that each format has for it. */
export interface Field {
  readonly simple: string;
  readonly json: readonly [name: string, value: number | string];
  readonly fields: readonly [name: string, value: number | string];
  readonly table: readonly [name: string, value: string];
}

const FORMATS = ['simple', 'json', 'fields', 'table', 'protobuf'];

/** Prints a result of one row; throws CommandError for a format that there is not. */
export function printFields(format: string, row: readonly Field[]): void {
  switch (format) {
    case 'simple':
      console.log(row.map((field) => field.simple).join(', '));
      return;
    case 'json':
      console.log(JSON.stringify(Object.fromEntries(row.map((field) => field.json))));
      return;
    case 'fields':
      for (const { fields } of row) console.log(`"${fields[0]}" : ${fields[1]}`);
      return;
    case 'table':
      console.log(
        renderTable(
          row.map(({ table }) => table[0]),
          [row.map(({ table }) => table[1])],
        ),
      );
      return;
    default:
      checkFormat(format);
      throw new CommandError(`${format} not supported as output format`, 4);
  }
}

export function checkFormat(format: string): void {
  if (!FORMATS.includes(format)) throw new CommandError('unsupported output format', 4);
}

/** A table in box drawing: headers centred, cells to the right. */
export function renderTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, i) => Math.max(header.length, ...rows.map((row) => row[i]!.length)));
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const line = (cells: readonly string[]): string => `│${cells.map((cell) => ` ${cell} `).join('│')}│`;
  const centred = headers.map((header, i) => {
    const room = widths[i]! - header.length;
    return ' '.repeat(Math.floor(room / 2)) + header + ' '.repeat(Math.ceil(room / 2));
  });
  const cells = rows.map((row) => line(row.map((cell, i) => cell.padStart(widths[i]!))));
  return [rule('┌', '┬', '┐'), line(centred), rule('├', '┼', '┤'), ...cells, rule('└', '┴', '┘')].join('\n');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** `82 B`, `20 kB`, `1.5 MB`: in thousands, one decimal below ten. */
export function humanBytes(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  const rounded = Math.floor(value * 10 + 0.5) / 10;
  return `${rounded < 10 ? rounded.toFixed(1) : roundHalfEven(rounded)} ${UNITS[unit]}`;
}

/** As Go prints a number without decimals. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
