/** Every bound of a member, with its reason. */

/** A proposal that is not applied after this long is given up; etcd's 5 s plus two election time-outs come on top. */
export const REQUEST_TIMEOUT_BASE_MS = 5000;

/** More than what a request takes in etcd's log beside its own bytes, if its user's name is of any usual length. */
export const REQUEST_ENVELOPE_BYTES = 512;

/** A question for the read index without an answer is asked again after this long, as in etcd. */
export const READ_RETRY_MS = 500;

/** Bytes of requests that wait for the log before new ones are refused: a slow disk must not become an empty heap. */
export const PROPOSAL_BYTES_MAX = 256 * 1024 * 1024;

/** Entries taken into one write of the log, so that one batch's latency stays bounded. */
export const BATCH_ENTRIES_MAX = 8192;
export const BATCH_BYTES_MAX = 8 * 1024 * 1024;

/** Backend transactions under way; a third would only pile up memory behind the same disk. */
export const BACKEND_COMMITS_MAX = 2;

/** Bytes of changes after which the backend commits early. Values are referenced, so this is memory held twice. */
export const BACKEND_PENDING_BYTES = 4 * 1024 * 1024;

/** Bytes of changes that the backend may lag behind before proposals wait for it. */
export const BACKEND_BACKLOG_BYTES_MAX = 64 * 1024 * 1024;

/** Bytes of applied entries that stay in memory, whatever `snapshot-count` says: entries may be 1.5 MiB each. */
export const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** Requests are encoded into slabs of this size; what is larger gets memory of its own. */
export const SLAB_BYTES = 1024 * 1024;

/** The first one: a member that only follows proposes hardly anything. */
export const SLAB_BYTES_FIRST = 64 * 1024;
export const SLAB_REQUEST_BYTES_MAX = 64 * 1024;

/** Memory that the buffer for answers may keep after a large one. */
export const ANSWER_BYTES_KEPT = 4 * 1024 * 1024;

/** How long the log waits before it asks a full disk again. */
export const DISK_FULL_RETRY_MS = 1000;

/** How long each peer URL is asked for the members before a first start (etcd's bounds): the answer is needed to join... */
export const ASK_TO_JOIN_MS = 10_000;
/** ...and a precaution for a new cluster, whose other members need not be up. */
export const ASK_BEFORE_NEW_MS = 1000;

/** Changes of the members that wait on one member: each is a person's work, so this many are a mistake. */
export const RECONFIGURATIONS_MAX = 64;

/** A change of the members that nothing came of is proposed again after this long, like a question for the read index. */
export const RECONFIGURATION_RETRY_MS = 500;

/** How long host names of peer URLs may take to become known before a first start, as in etcd. */
export const RESOLVE_HOSTS_MS = 30_000;

/** Bytes of a state that are sent as one chunk, as etcd's snapshots are: large enough that a chunk's own cost is small. */
export const SNAPSHOT_CHUNK_BYTES = 64 * 1024;

/** Memory for a frame of a state that is kept for the next one. */
export const SNAPSHOT_WRITER_BYTES_KEPT = 2 * SNAPSHOT_CHUNK_BYTES;

/** Records read or taken in before others get their turn: well under a millisecond. */
export const SNAPSHOT_SLICE_RECORDS = 256;

/** A frame holds whole records, so one may be as long as a record; longer ones are damage. */
export const SNAPSHOT_FRAME_BYTES_MAX = 512 * 1024 * 1024;

/**
 * What is read per millisecond while clients wait, 16 MiB a second: a fraction of what a disk takes, so that neither it
 * nor the processors are busy with a state when a request comes.
 */
export const SNAPSHOT_BYTES_PER_MS = (16 * 1024 * 1024) / 1000;

/** Clients are waited for until none has asked for so long. */
export const SNAPSHOT_CALM_MS = 100;

/** Time in which nothing could be read is made up for as far as this. */
export const SNAPSHOT_BURST_MS = 20;

/**
 * Bytes and records gathered for one transaction of what is staged: each costs a sync, and memory until it is durable. The
 * logs of other members that share the disk wait for each sync, so it should be a short one.
 */
export const SNAPSHOT_COMMIT_BYTES = 256 * 1024;
export const SNAPSHOT_COMMIT_RECORDS = 4096;

/** Transactions under way there; more would only pile up memory behind the same disk. */
export const SNAPSHOT_COMMITS_MAX = 2;

/** How long an index is loaded at a stretch before others get their turn. */
export const SNAPSHOT_LOAD_SLICE_MS = 1;

/** After a state could not be taken in (a full disk, a sender of another version) the next one is refused for so long. */
export const SNAPSHOT_REST_MS = 1000;

/** How long after a failure the next state is sent to the same peer, whose every sign of life asks for it. */
export const SNAPSHOT_RETRY_MS = 500;

/**
 * Work that can wait goes on for this long at a stretch while clients wait, then it rests so many times as long as it has
 * worked: the receiver of what it has written works as well, often on the same machine.
 */
export const BACKGROUND_STRETCH_MS = 0.5;
export const BACKGROUND_REST_FACTOR = 10;
export const BACKGROUND_REST_MS_MAX = 40;

/** States sent at the same time: each keeps a view of the backend open, whose pages cannot be used again meanwhile. */
export const SNAPSHOT_SENDS_MAX = 2;

/**
 * Bytes of entries that a leader keeps in memory for a follower which is on its way to them, with a snapshot or behind:
 * without them it would need another snapshot at the end of the first.
 */
export const FOLLOWER_LOG_BYTES_MAX = 256 * 1024 * 1024;

/** Leases, and keys of them, that one entry ends: its application must not hold up others for long. */
export const EXPIRY_LEASES_MAX = 500;
export const EXPIRY_KEYS_MAX = 1000;

/** Entries that end leases under way at once; a third would only wait behind them. */
export const EXPIRIES_IN_FLIGHT_MAX = 2;

/** Leases told of in one entry; etcd's bound for checkpoints. */
export const LEASE_TIMES_MAX = 1000;

/** How often a login begins anew because users or roles have changed while its password was checked. */
export const LOGIN_TRIES_MAX = 10;

/** Signed tokens remembered as verified; beyond, verification starts over. */
export const SIGNED_LOGINS_MAX = 10_000;

/** Expired tokens are forgotten this often. */
export const TOKEN_SWEEP_MS = 1000;

/** A leader that is to be removed may take this long to hand over; that takes one or two round trips. */
export const HAND_OVER_MS_MAX = 500;
/** How often it is looked whether it has. */
export const HAND_OVER_POLL_MS = 5;

/** How often the leader lets all members compare their states, if there were changes and nothing else was asked for. */
export const COMPARISON_INTERVAL_MS = 5 * 60 * 1000;

/** Records hashed at a time for that, and the pause after them: a few percent of a core, so that no request waits. */
export const COMPARISON_RECORDS = 500;
export const COMPARISON_PAUSE_MS = 20;

/** etcd's quota, if none is given: 2 GiB. */
export const QUOTA_BYTES_DEFAULT = 2 * 1024 * 1024 * 1024;

/** Beyond this etcd warns: a restart and a new member take their time. */
export const QUOTA_BYTES_RECOMMENDED_MAX = 8 * 1024 * 1024 * 1024;

/** A batch of entries should be applied within this (etcd's `--warning-apply-duration`). */
export const WARNING_APPLY_MS_DEFAULT = 100;
