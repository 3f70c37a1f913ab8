/** A term's colour, from a set that colour-blind eyes tell apart; the eighth term has the first colour in a new texture. */
const COLOURS = 7;
const TEXTURES = 3;

/** The classes that set `--term` and the texture of a term; of term 0, before any election, none. */
export function termClass(term: number): string {
  if (term <= 0) return 'term-0';
  return `term-${((term - 1) % COLOURS) + 1} texture-${textureOf(term)}`;
}

export function textureOf(term: number): number {
  return term <= 0 ? 0 : Math.floor((term - 1) / COLOURS) % TEXTURES;
}
