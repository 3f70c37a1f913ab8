/**
 * What Quoin says of itself. `API_VERSION` is the etcd release whose API it answers with: clients choose features by
 * it, so it is raised only when all that the release added works.
 */
export const QUOIN_VERSION = '0.1.0';
export const API_VERSION = '3.6.0';
