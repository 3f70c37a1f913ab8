/** One class attribute of names that always apply and names that apply if something is so. */
export function classes(always: string, conditional: Readonly<Record<string, boolean>>): string {
  let names = always;
  for (const [name, applies] of Object.entries(conditional)) if (applies) names += ` ${name}`;
  return names;
}
