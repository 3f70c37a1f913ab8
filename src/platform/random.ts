/** Randomness as the member sees it: from the system in a server, from the seed in a simulation. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  /** Unpredictable bytes, for tokens and ids. */
  bytes(length: number): Uint8Array;
}
