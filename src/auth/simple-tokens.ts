/**
 * etcd's simple tokens: sixteen random letters, a dot, and the log index at which the token came about. Every member
 * has them, because they are made through the log; none survives a restart. Each use begins the time to live anew.
 */
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const RANDOM_LETTERS = 16;

interface Holder {
  readonly user: string;
  expiresAt: number;
}

/** The random part, from at least sixteen unpredictable bytes; the index follows when it is known. */
export function randomTokenPart(random: (length: number) => Uint8Array): string {
  let out = '';
  while (out.length < RANDOM_LETTERS) {
    for (const byte of random(RANDOM_LETTERS)) {
      // Below the largest multiple of 52, or some letters would be likelier than others.
      if (byte < 208 && out.length < RANDOM_LETTERS) out += LETTERS[byte % 52];
    }
  }
  return out;
}

/** The log index in a token; undefined if it has not the shape of one. */
export function tokenIndex(token: string): number | undefined {
  const match = /^[^.]*\.(\d{1,15})$/.exec(token);
  return match === null ? undefined : Number(match[1]);
}

export class SimpleTokens {
  readonly #ttlMs: number;
  readonly #holders = new Map<string, Holder>();

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  get size(): number {
    return this.#holders.size;
  }

  assign(token: string, user: string, now: number): void {
    this.#holders.set(token, { user, expiresAt: now + this.#ttlMs });
  }

  /** Whose token it is; begins its time to live anew. */
  use(token: string, now: number): string | undefined {
    const holder = this.#holders.get(token);
    if (holder === undefined) return undefined;
    if (holder.expiresAt <= now) {
      this.#holders.delete(token);
      return undefined;
    }
    holder.expiresAt = now + this.#ttlMs;
    return holder.user;
  }

  /** The user is gone, or has another password. */
  invalidateUser(user: string): void {
    for (const [token, holder] of this.#holders) if (holder.user === user) this.#holders.delete(token);
  }

  clear(): void {
    this.#holders.clear();
  }

  /** Forgets what has expired; once a second is often enough. */
  sweep(now: number): void {
    for (const [token, holder] of this.#holders) if (holder.expiresAt <= now) this.#holders.delete(token);
  }
}
