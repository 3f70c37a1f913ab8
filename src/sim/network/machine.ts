/** A machine as the network sees it: an address, and a process that may be paused or die. */
export interface Machine {
  readonly address: number;
  /** Runs `fn` in the present life: now, or when the process gets time again. */
  whenAwake(label: string, fn: () => void): void;
  /** Runs `fn` in the present life after simulated milliseconds. */
  later(ms: number, label: string, fn: () => void): void;
  /** The machine's clock, ms. */
  localTime(): number;
}
