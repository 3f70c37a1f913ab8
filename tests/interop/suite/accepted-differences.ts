/**
 * The differences that are no fault. Each names the row of docs/COMPATIBILITY.md, "Differences on purpose", that says why,
 * and lets through no more than that row names.
 */

export interface Differing {
  /** The case's. */
  readonly name: string;
  readonly what: string;
  readonly etcd: string;
  readonly quoin: string;
}

export interface AcceptedDifference {
  /** The first cell of the row. */
  readonly row: string;
  readonly accepts: (difference: Differing) => boolean;
}

/** Codes come with an HTTP status through the gateway, and with `{error}` where a stream fails. */
const failure = (code: number, message: string): RegExp =>
  new RegExp(`^(end: )?${code} (\\{error\\} )?${message}( \\[HTTP \\d+\\])?$`);
const isOk = (text: string): boolean => text.startsWith('OK ');
const without = (text: string, ...fields: readonly RegExp[]): string =>
  fields.reduce((rest, field) => rest.replace(field, ''), text);

const NEWER_FIELDS = [
  /"storageVersion":"<version>",/,
  /"dbSizeQuota":"\d+",/,
  /"downgradeInfo":\{[^}]*\},/,
  /"hash_revision":"@[+-]\d+",/,
];
const BARE_LEASE = /"lease":"\d+",/;
const LEARNER = 'etcdserver: rpc not supported for learner';

/** The text of a refusal by the names that both use for it. */
const AUTH_TEXTS: Readonly<Record<string, number>> = {
  'user name is empty': 3,
  'invalid auth token': 16,
  'permission denied': 7,
};

export const ACCEPTED_DIFFERENCES: readonly AcceptedDifference[] = [
  {
    row: 'an unknown number for sort order or target',
    accepts: ({ name, etcd, quoin }) =>
      name.includes('an unknown order') &&
      isOk(etcd) &&
      failure(3, 'etcdserver: invalid sort option').test(quoin),
  },
  {
    row: '`lease` in the answer to a range with `keys_only`',
    accepts: ({ what, etcd, quoin }) =>
      what.includes('"keys_only":true') && without(etcd, BARE_LEASE) === quoin,
  },
  {
    row: 'code of `etcdserver: rpc not supported for learner`',
    accepts: ({ etcd, quoin }) => failure(14, LEARNER).test(etcd) && failure(9, LEARNER).test(quoin),
  },
  {
    row: '`MemberUpdate` of a learner',
    accepts: ({ name, etcd, quoin }) =>
      name === 'learner: update' && without(quoin, /"isLearner":true,/) === etcd,
  },
  {
    row: '`Snapshot`, `Defragment`, `Hash` and `HashKV` without the right to them',
    accepts: ({ name, etcd, quoin }) =>
      /^permission of: Maintenance\/(Snapshot|Defragment|Hash|HashKV)$/.test(name) &&
      Object.entries(AUTH_TEXTS).some(
        ([text, code]) =>
          failure(2, `auth: ${text}`).test(etcd) && failure(code, `etcdserver: ${text}`).test(quoin),
      ),
  },
  {
    row: '`Status` by a user who is not root',
    accepts: ({ what, etcd, quoin }) =>
      what.startsWith('u: Maintenance/Status') &&
      failure(7, 'etcdserver: permission denied').test(etcd) &&
      isOk(quoin),
  },
  {
    row: '`AuthStatus` once auth is on',
    accepts: ({ what, etcd, quoin }) =>
      (what.startsWith('status of nobody') || what.includes('Auth/AuthStatus')) &&
      (failure(3, 'etcdserver: user name is empty').test(etcd) ||
        failure(7, 'etcdserver: permission denied').test(etcd)) &&
      isOk(quoin),
  },
  {
    row: 'a token with `Bearer ` before it',
    accepts: ({ what, etcd, quoin }) =>
      what.startsWith('Bearer') && failure(16, 'etcdserver: invalid auth token').test(etcd) && isOk(quoin),
  },
  {
    row: '`RoleGet` of `root`',
    accepts: ({ what, etcd, quoin }) =>
      what.startsWith('Auth/RoleGet {"role":"root"}') &&
      without(quoin, /,"perm":\[\{"permType":"READWRITE","range_end":"\\u0000"\}\]/) === etcd,
  },
  {
    row: 'a watch with an open end by who may read only its first key',
    accepts: ({ name, etcd, quoin }) =>
      name === 'permission: u watches from a on' &&
      etcd.startsWith('{"created":true,') &&
      quoin.startsWith('{"cancel_reason":"rpc error: code = PermissionDenied'),
  },
  {
    row: 'fields that came after 3.5: `storageVersion`, `dbSizeQuota` and `downgradeInfo` of `Status`, `hash_revision` of `HashKV`, `version` of `Snapshot`',
    accepts: ({ etcd, quoin }) => isOk(quoin) && without(quoin, ...NEWER_FIELDS) === etcd,
  },
  {
    row: '`Downgrade` with `CANCEL` while there is none, and the version in answers',
    accepts: ({ name, what, etcd, quoin }) =>
      name.startsWith('maintenance: ') &&
      isOk(quoin) &&
      quoin.includes('"version":"3.6"') &&
      (etcd === quoin.replace('"version":"3.6"', '"version":"<version>"') ||
        (what.includes('CANCEL') && failure(9, 'etcdserver: no inflight downgrade job').test(etcd))),
  },
  {
    row: '`Downgrade` with `ENABLE`, and with `CANCEL` of one',
    accepts: ({ name, etcd, quoin }) =>
      name === 'maintenance: a downgrade, and its end' &&
      failure(14, 'etcdserver: request timed out').test(etcd) &&
      isOk(quoin),
  },
  {
    row: 'a transaction that puts, and reads at a revision that is not there',
    accepts: ({ what, etcd }) => what === 'afterwards' && etcd === 'the members hold different states',
  },
  {
    row: '`Alarm` with `GET`, and `AuthStatus`, while no leader is known',
    accepts: ({ name, what, etcd, quoin }) =>
      name.startsWith('without a quorum: ') &&
      /^(Maintenance\/Alarm|Auth\/AuthStatus) /.test(what) &&
      /^4\b/.test(etcd) &&
      failure(14, 'etcdserver: request timed out').test(quoin),
  },
  {
    row: '`KV/RangeStream`',
    accepts: ({ name, etcd }) =>
      name.startsWith('range: as a stream') &&
      failure(12, 'unknown method RangeStream for service etcdserverpb.KV').test(etcd),
  },
];
