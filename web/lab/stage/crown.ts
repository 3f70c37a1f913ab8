/** A leader's mark as path data; its foot is in the middle of the axis. */
export const CROWN = 'M-10 0L-11 -9L-5 -4.5L0 -11L5 -4.5L11 -9L10 0Z';
