/** Every bound of the services, with its reason. */

/** Keep-alives of one stream that wait for those before them: beyond, the client is held back. */
export const KEEP_ALIVES_WAITING_MAX = 4096;
