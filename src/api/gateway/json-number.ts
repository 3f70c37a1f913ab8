/** Integers as JSON writes them: with a fraction or an exponent, too, as long as the value is whole. */
import { INTEGER_DIGITS_MAX } from './limits.js';

const NUMBER = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** A number that is followed by something else; which then does not count, as in etcd. */
const NUMBER_FIRST = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![-+._0-9A-Za-z])/;

const DIGIT_ZERO = 0x30;

/** The integer that a number's text stands for; undefined if it stands for none, or for one beyond 64 bits. */
export function integerOf(text: string): bigint | undefined {
  const parts = NUMBER.exec(text);
  if (parts === null) return undefined;
  const [, minus, whole, fraction, exponentText] = parts;
  const decimals = withoutZerosAtEnd(fraction ?? '');
  const exponent = Number(exponentText ?? 0);
  const digits = shifted(whole!, decimals, exponent);
  if (digits === undefined || digits.length > INTEGER_DIGITS_MAX) return undefined;
  return minus === '-' ? -BigInt(digits) : BigInt(digits);
}

/** By hand: a regular expression looks from every zero for the end, which takes hours for the millions that fit a request. */
function withoutZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === DIGIT_ZERO) end--;
  return digits.slice(0, end);
}

/** `whole.decimals` times ten to the `exponent`, without leading zeros. */
function shifted(whole: string, decimals: string, exponent: number): string | undefined {
  const digits = (whole + decimals).replace(/^0+/, '');
  if (digits === '') return '0';
  const zeros = exponent - decimals.length;
  if (zeros >= 0) return zeros > INTEGER_DIGITS_MAX ? undefined : digits + '0'.repeat(zeros);
  const kept = digits.length + zeros;
  return kept > 0 && /^0*$/.test(digits.slice(kept)) ? digits.slice(0, kept) : undefined;
}

/** The integer in a string. */
export function quotedIntegerOf(text: string): bigint | undefined {
  // Go trims what Unicode calls white space; so does this.
  if (text.trim() !== text) return undefined;
  const number = NUMBER_FIRST.exec(text);
  return number === null ? undefined : integerOf(number[0]);
}
