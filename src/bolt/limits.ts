/** Bounds on what a file may ask of its reader. */

/** bbolt takes the system's page size; no system has smaller or larger pages than these. */
export const PAGE_BYTES_MIN = 512;
export const PAGE_BYTES_MAX = 65536;

/** Pages from the root of a tree to a leaf. Two keys a page would reach 2^24 pages, and no real tree has so few. */
export const TREE_DEPTH_MAX = 24;

/** Buckets within buckets. etcd has one level. */
export const BUCKET_DEPTH_MAX = 8;

/** A key's bytes, as bbolt limits them. */
export const KEY_BYTES_MAX = 32768;

/** A value's bytes, as bbolt limits them. */
export const VALUE_BYTES_MAX = 2 ** 31 - 2;
