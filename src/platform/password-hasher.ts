/** Slow on purpose, and therefore never on the main thread. */
export interface PasswordHasher {
  /** A salted bcrypt hash as its usual text. At most 72 bytes of password count. */
  hash(password: string): Promise<Uint8Array>;
  /** Whether the password is the one that was hashed; false also if `stored` is no hash. */
  matches(password: string, stored: Uint8Array): Promise<boolean>;
}
