/** Keys that the guest may touch at times; no other client puts them. */
export const GUARDED_KEYS = '!guarded/';
export const GUARDED_END = '!guarded0';
