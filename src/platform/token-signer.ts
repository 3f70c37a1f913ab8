/** Tokens that carry what they say, signed, so that no member has to remember them (JSON web tokens, RFC 7519). */
export interface TokenSigner {
  /** False if there is only a key to verify with. */
  readonly canSign: boolean;
  /** A token that says who logged in, at which revision of users and roles. */
  sign(user: string, authRevision: number): Promise<string>;
  /** What a token says; undefined if it is expired or not ours. */
  verify(token: string): Promise<SignedLogin | undefined>;
}

export interface SignedLogin {
  readonly user: string;
  readonly authRevision: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}
