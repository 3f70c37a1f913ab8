/** Bounds of the Lab, each with its reason. */

/** Newest entries of a log that a view holds: more fit on no screen. */
export const LOG_ENTRIES_SHOWN = 64;
/** Keys that a view holds. */
export const KEYS_SHOWN = 32;
/** Characters of a key or value that are shown. */
export const TEXT_CHARS_SHOWN = 40;
/** Events whose views are kept, so that memory stays bounded; older ones are forgotten in blocks. */
export const EVENTS_KEPT_MAX = 200_000;
export const EVENTS_FORGOTTEN_AT_ONCE = 20_000;
/** Messages whose way is kept, as above. */
export const TRACKS_KEPT_MAX = 300_000;
export const TRACKS_FORGOTTEN_AT_ONCE = 30_000;
/** Violations that are told: one breeds many. */
export const VIOLATIONS_MAX = 20;
/** Machines, those included that joined later. */
export const MEMBERS_MAX = 9;
export const SIZE_MIN = 3;
export const SIZE_MAX = 7;
/** Operations that a run may have, since each view lists them all. */
export const OPERATIONS_MAX = 2000;
/** Actions of a script, and characters of a link: what a browser takes as an address without complaint. */
export const ACTIONS_MAX = 5000;
export const LINK_CHARS_MAX = 200_000;
/** Characters of a key or value in an action. */
export const TEXT_CHARS_MAX = 200;
