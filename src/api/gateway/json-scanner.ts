/**
 * Finds where a JSON value ends in bytes that arrive in pieces, and what is wrong with it if it is none, in the words of
 * Go's encoding/json: that is what clients of etcd see. A value is looked at once, whatever its pieces.
 */
import { JSON_DEPTH_MAX } from './limits.js';

const State = {
  BEGIN_VALUE: 0,
  BEGIN_VALUE_OR_EMPTY: 1,
  BEGIN_NAME: 2,
  BEGIN_NAME_OR_EMPTY: 3,
  END_VALUE: 4,
  STRING: 5,
  ESCAPE: 6,
  HEX: 7,
  MINUS: 8,
  ZERO: 9,
  DIGITS: 10,
  POINT: 11,
  FRACTION: 12,
  EXPONENT: 13,
  EXPONENT_SIGN: 14,
  EXPONENT_DIGITS: 15,
  WORD: 16,
  DONE: 17,
  FAILED: 18,
} as const;
type State = (typeof State)[keyof typeof State];

/** What is open around the present value. */
const Open = { NAME: 0, MEMBER: 1, ELEMENT: 2 } as const;

/** Outcomes of {@link JsonScanner.scan}. */
export const Scan = { MORE: 0, VALUE: 1, ERROR: 2 } as const;
export type Scan = (typeof Scan)[keyof typeof Scan];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

function isSpace(c: number): boolean {
  return c === SPACE || c === 0x0a || c === 0x0d || c === 0x09;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function isHex(c: number): boolean {
  return isDigit(c) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66);
}

const SHORT_ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  39: "\\'",
  92: '\\\\',
};

/** A byte as Go quotes the character of that number. */
function quoted(c: number): string {
  const short = SHORT_ESCAPES[c];
  if (short !== undefined) return `'${short}'`;
  if (c < 0x20 || c === 0x7f) return `'\\x${c.toString(16).padStart(2, '0')}'`;
  if ((c >= 0x80 && c <= 0xa0) || c === 0xad) return `'\\u00${c.toString(16)}'`;
  return `'${String.fromCharCode(c)}'`;
}

export class JsonScanner {
  /** After `ERROR`: why. */
  error = '';
  /** After `VALUE`: where it ends, in the bytes given last. */
  end = 0;
  #state: State = State.BEGIN_VALUE;
  readonly #open: number[] = [];
  #hasBegun = false;
  #hexLeft = 0;
  /** `true`, `false` or `null`, and how much of it has been seen. */
  #word = '';
  #wordAt = 0;

  /** Whether anything but white space has come. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Looks at further bytes of the value, up to its end. */
  scan(bytes: Uint8Array, start: number, end: number): Scan {
    let at = start;
    while (at < end) {
      const c = bytes[at]!;
      if (this.#state === State.STRING && c !== QUOTE && c !== BACKSLASH && c >= SPACE) {
        at++;
        continue;
      }
      if (!isSpace(c)) this.#hasBegun = true;
      // A number at the top has no end of its own: what follows is not its.
      if (!this.#step(c)) {
        this.end = at;
        return Scan.VALUE;
      }
      if (this.#state === State.FAILED) return Scan.ERROR;
      at++;
      if (this.#state === State.DONE) {
        this.end = at;
        return Scan.VALUE;
      }
    }
    return Scan.MORE;
  }

  /** No more bytes come. Returns whether what has come is a whole value; if not, and it has begun, it was cut. */
  finish(): boolean {
    if (!this.#hasBegun) return false;
    return this.#state === State.DONE || (this.#open.length === 0 && this.#isWholeNumber());
  }

  #isWholeNumber(): boolean {
    return (
      this.#state === State.ZERO ||
      this.#state === State.DIGITS ||
      this.#state === State.FRACTION ||
      this.#state === State.EXPONENT_DIGITS
    );
  }

  #fail(c: number, where: string): true {
    this.#state = State.FAILED;
    this.error = `invalid character ${quoted(c)} ${where}`;
    return true;
  }

  /** Takes one byte; false if it is not the value's any more. */
  #step(c: number): boolean {
    switch (this.#state) {
      case State.BEGIN_VALUE:
        return isSpace(c) || this.#beginValue(c);
      case State.BEGIN_VALUE_OR_EMPTY:
        if (isSpace(c)) return true;
        return c === 0x5d ? this.#close() : this.#beginValue(c);
      case State.BEGIN_NAME_OR_EMPTY:
        if (isSpace(c)) return true;
        return c === 0x7d ? this.#close() : this.#beginName(c);
      case State.BEGIN_NAME:
        return isSpace(c) || this.#beginName(c);
      case State.END_VALUE:
        return isSpace(c) || this.#afterValue(c);
      case State.STRING:
      case State.ESCAPE:
      case State.HEX:
        return this.#inString(c);
      case State.WORD:
        return this.#inWord(c);
      default:
        return this.#inNumber(c);
    }
  }

  #to(state: State): true {
    this.#state = state;
    return true;
  }

  #push(c: number, what: number, state: State): true {
    this.#open.push(what);
    if (this.#open.length > JSON_DEPTH_MAX) return this.#fail(c, 'exceeded max depth');
    return this.#to(state);
  }

  #close(): true {
    this.#open.pop();
    return this.#ended();
  }

  /** A value has ended, and its last byte was its own. */
  #ended(): true {
    return this.#to(this.#open.length === 0 ? State.DONE : State.END_VALUE);
  }

  #beginName(c: number): true {
    if (c === QUOTE) return this.#to(State.STRING);
    return this.#fail(c, 'looking for beginning of object key string');
  }

  #beginValue(c: number): true {
    switch (c) {
      case 0x7b:
        return this.#push(c, Open.NAME, State.BEGIN_NAME_OR_EMPTY);
      case 0x5b:
        return this.#push(c, Open.ELEMENT, State.BEGIN_VALUE_OR_EMPTY);
      case QUOTE:
        return this.#to(State.STRING);
      case 0x2d:
        return this.#to(State.MINUS);
      case 0x30:
        return this.#to(State.ZERO);
      case 0x74:
        return this.#beginWord('true');
      case 0x66:
        return this.#beginWord('false');
      case 0x6e:
        return this.#beginWord('null');
      default:
        return isDigit(c) ? this.#to(State.DIGITS) : this.#fail(c, 'looking for beginning of value');
    }
  }

  #beginWord(word: string): true {
    this.#word = word;
    this.#wordAt = 1;
    return this.#to(State.WORD);
  }

  #inWord(c: number): true {
    const expected = this.#word[this.#wordAt]!;
    if (c !== expected.charCodeAt(0)) {
      return this.#fail(c, `in literal ${this.#word} (expecting '${expected}')`);
    }
    return ++this.#wordAt === this.#word.length ? this.#ended() : true;
  }

  #afterValue(c: number): true {
    const open = this.#open.at(-1);
    if (open === Open.NAME) {
      if (c !== 0x3a) return this.#fail(c, 'after object key');
      this.#open[this.#open.length - 1] = Open.MEMBER;
      return this.#to(State.BEGIN_VALUE);
    }
    if (open === Open.MEMBER) {
      if (c === 0x7d) return this.#close();
      if (c !== 0x2c) return this.#fail(c, 'after object key:value pair');
      this.#open[this.#open.length - 1] = Open.NAME;
      return this.#to(State.BEGIN_NAME);
    }
    if (c === 0x5d) return this.#close();
    if (c !== 0x2c) return this.#fail(c, 'after array element');
    return this.#to(State.BEGIN_VALUE);
  }

  #inString(c: number): true {
    if (this.#state === State.ESCAPE) {
      if (c === 0x75) {
        this.#hexLeft = 4;
        return this.#to(State.HEX);
      }
      // " \ / b f n r t
      if (c === QUOTE || c === BACKSLASH || c === 0x2f || 'bfnrt'.includes(String.fromCharCode(c))) {
        return this.#to(State.STRING);
      }
      return this.#fail(c, 'in string escape code');
    }
    if (this.#state === State.HEX) {
      if (!isHex(c)) return this.#fail(c, 'in \\u hexadecimal character escape');
      return --this.#hexLeft === 0 ? this.#to(State.STRING) : true;
    }
    if (c === QUOTE) return this.#ended();
    if (c === BACKSLASH) return this.#to(State.ESCAPE);
    return this.#fail(c, 'in string literal');
  }

  #inNumber(c: number): boolean {
    switch (this.#state) {
      case State.MINUS:
        if (c === 0x30) return this.#to(State.ZERO);
        return isDigit(c) ? this.#to(State.DIGITS) : this.#fail(c, 'in numeric literal');
      case State.DIGITS:
        return isDigit(c) || this.#afterInteger(c);
      case State.POINT:
        if (isDigit(c)) return this.#to(State.FRACTION);
        return this.#fail(c, 'after decimal point in numeric literal');
      case State.FRACTION:
        return isDigit(c) || this.#beginExponent(c) || this.#afterNumber(c);
      case State.EXPONENT:
        if (c === 0x2b || c === 0x2d) return this.#to(State.EXPONENT_SIGN);
        return this.#beginExponentDigits(c);
      case State.EXPONENT_SIGN:
        return this.#beginExponentDigits(c);
      case State.EXPONENT_DIGITS:
        return isDigit(c) || this.#afterNumber(c);
      default:
        return this.#afterInteger(c);
    }
  }

  #afterInteger(c: number): boolean {
    if (c === 0x2e) return this.#to(State.POINT);
    return this.#beginExponent(c) || this.#afterNumber(c);
  }

  #beginExponent(c: number): boolean {
    return (c | 0x20) === 0x65 && this.#to(State.EXPONENT);
  }

  #beginExponentDigits(c: number): true {
    if (isDigit(c)) return this.#to(State.EXPONENT_DIGITS);
    return this.#fail(c, 'in exponent of numeric literal');
  }

  /** A number ends with what follows it. */
  #afterNumber(c: number): boolean {
    if (this.#open.length === 0) return false;
    this.#state = State.END_VALUE;
    return isSpace(c) || this.#afterValue(c);
  }
}
