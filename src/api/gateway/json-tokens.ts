/**
 * The tokens of one JSON value whose syntax a scanner has found to be right. What is left to be wrong is in strings:
 * their characters. Errors are worded as by Go's protojson, with line and column.
 */
import { decodeUtf8, isUtf8 } from '../../stdx/index.js';

/** The request's JSON is wrong. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

export const Token = {
  OBJECT: 0,
  OBJECT_END: 1,
  ARRAY: 2,
  ARRAY_END: 3,
  STRING: 4,
  NUMBER: 5,
  TRUE: 6,
  FALSE: 7,
  NULL: 8,
} as const;
export type Token = (typeof Token)[keyof typeof Token];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** White space, and what stands between tokens. */
function isBetween(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09 || c === 0x2c || c === 0x3a;
}

function isInWord(c: number): boolean {
  return (
    (c >= 0x30 && c <= 0x39) ||
    ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) ||
    c === 0x2b ||
    c === 0x2d ||
    c === 0x2e
  );
}

export class JsonTokens {
  /** Where the present token begins and ends. */
  start = 0;
  end: number;
  readonly #bytes: Uint8Array;
  /** Where the value begins: columns are counted from there. */
  readonly #origin: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.end = 0;
    this.#skip();
    this.#origin = this.end;
  }

  /** Moves to the next token. */
  next(): Token {
    this.#skip();
    this.start = this.end;
    const c = this.#bytes[this.start]!;
    this.end++;
    switch (c) {
      case 0x7b:
        return Token.OBJECT;
      case 0x7d:
        return Token.OBJECT_END;
      case 0x5b:
        return Token.ARRAY;
      case 0x5d:
        return Token.ARRAY_END;
      case QUOTE:
        this.#toStringEnd();
        return Token.STRING;
      default:
        while (this.end < this.#bytes.length && isInWord(this.#bytes[this.end]!)) this.end++;
        return c === 0x74 ? Token.TRUE : c === 0x66 ? Token.FALSE : c === 0x6e ? Token.NULL : Token.NUMBER;
    }
  }

  /** The kind of the next token, which stays the next one. */
  peek(): Token {
    const { start, end } = this;
    const token = this.next();
    this.start = start;
    this.end = end;
    return token;
  }

  /** The present token as it is written. */
  raw(): string {
    return decodeUtf8(this.#bytes, this.start, this.end);
  }

  /** The present token, a string, as it is meant. */
  text(): string {
    const { start, end } = this;
    if (!isUtf8(this.#bytes, start, end)) throw this.syntaxError('invalid UTF-8 in string');
    const written = decodeUtf8(this.#bytes, start + 1, end - 1);
    return written.includes('\\') ? this.#unescaped(written) : written;
  }

  /** Leaves out the value whose first token is the next one. Its strings must be right, too. */
  skip(): void {
    let depth = 0;
    do {
      const token = this.next();
      if (token === Token.OBJECT || token === Token.ARRAY) depth++;
      else if (token === Token.OBJECT_END || token === Token.ARRAY_END) depth--;
      else if (token === Token.STRING) this.text();
    } while (depth > 0);
  }

  error(text: string): JsonError {
    return new JsonError(`proto: (${this.#position()}): ${text}`);
  }

  syntaxError(text: string): JsonError {
    return new JsonError(`proto: syntax error (${this.#position()}): ${text}`);
  }

  unexpected(): JsonError {
    return this.syntaxError(`unexpected token ${this.raw()}`);
  }

  #skip(): void {
    const bytes = this.#bytes;
    while (this.end < bytes.length && isBetween(bytes[this.end]!)) this.end++;
  }

  #toStringEnd(): void {
    const bytes = this.#bytes;
    while (this.end < bytes.length) {
      const c = bytes[this.end++]!;
      if (c === QUOTE) return;
      if (c === BACKSLASH) this.end++;
    }
  }

  #position(): string {
    const before = decodeUtf8(this.#bytes, this.#origin, this.start);
    const lines = before.split('\n');
    return `line ${lines.length}:${[...lines.at(-1)!].length + 1}`;
  }

  #unescaped(written: string): string {
    let out = '';
    let from = 0;
    for (;;) {
      const at = written.indexOf('\\', from);
      if (at < 0) return out + written.slice(from);
      out += written.slice(from, at);
      const letter = written[at + 1]!;
      if (letter !== 'u') {
        out += ESCAPED[letter] ?? letter;
        from = at + 2;
        continue;
      }
      const unit = Number.parseInt(written.slice(at + 2, at + 6), 16);
      from = at + 6;
      if (unit < 0xd800 || unit > 0xdfff) {
        out += String.fromCharCode(unit);
        continue;
      }
      out += this.#pair(unit, written, from);
      from += 6;
    }
  }

  /** Two escapes that stand for one character. */
  #pair(high: number, written: string, at: number): string {
    const second = written.slice(at, at + 6);
    const low = /^\\u[dD][c-fC-F][0-9a-fA-F]{2}$/.test(second) ? Number.parseInt(second.slice(2), 16) : 0;
    if (low === 0 || high > 0xdbff) {
      throw this.syntaxError(`invalid escape code ${JSON.stringify(second)} in string`);
    }
    return String.fromCharCode(high, low);
  }
}
