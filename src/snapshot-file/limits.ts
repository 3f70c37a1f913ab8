/** Grain sizes, each with its reason. */

/** Records in one transaction of the backend: enough that a commit's sync does not show. */
export const IMPORT_RECORDS = 5000;

/** Bytes in one transaction: what is handed over stays in memory until it is committed. */
export const IMPORT_BYTES = 8 * 1024 * 1024;

/** Names of users and roles are keys of the backend, which takes no longer ones. */
export const NAME_BYTES_MAX = 1900;

/** Records hashed before the caller may do something else. */
export const HASH_RECORDS_PER_STEP = 2000;
