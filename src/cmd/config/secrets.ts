/** Flags whose values are for nobody's eyes: they are kept out of the log and of `/debug/vars`. */

const SECRET_FLAGS: ReadonlySet<string> = new Set(['discovery-password', 'discovery-user']);

const HIDDEN = '***';

/** The flag's value as it may be shown. */
export function shownValue(flag: string, text: string): string {
  return SECRET_FLAGS.has(flag) ? HIDDEN : text;
}

/** A command line as it may be shown: a value stands behind `=`, or is the next word. */
export function shownCommandLine(words: readonly string[]): string[] {
  return words.map((word, i) => {
    const [, dashed, flag] = /^(--?([^=]+)=)/.exec(word) ?? [];
    if (flag !== undefined) return dashed + shownValue(flag, word.slice(dashed!.length));
    const before = /^--?([^=]+)$/.exec(words[i - 1] ?? '')?.[1];
    return before === undefined ? word : shownValue(before, word);
  });
}
