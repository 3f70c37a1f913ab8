/** A message without fields. */
export type Empty = Readonly<Record<string, never>>;
