/** Something that must never happen did: what the simulator looks for. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly about: ViolationSubject;

  constructor(message: string, about: ViolationSubject = {}) {
    super(message);
    this.about = about;
  }
}

/** The rules of the thesis (figure 3.2) that checks name. */
export type SafetyRule =
  | 'election-safety'
  | 'log-matching'
  | 'leader-completeness'
  | 'state-machine-safety'
  | 'commit-by-quorum'
  | 'kept-promises'
  | 'linearizability';

/** What a violation is about, as far as its check knows. */
export interface ViolationSubject {
  readonly rule?: SafetyRule;
  /** Raft ids, or names. */
  readonly members?: readonly (bigint | string)[];
  readonly index?: number;
}

export function demand(
  condition: boolean,
  message: () => string,
  about?: () => ViolationSubject,
): asserts condition {
  if (!condition) throw new Violation(message(), about?.());
}
