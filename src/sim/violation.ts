/** Something that must never happen did: what the simulator looks for. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function demand(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Violation(message());
}
