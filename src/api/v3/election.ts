/** v3electionpb.Election: clients choose one of them, who says something to all. */
import type { WatchableStore } from '../../mvcc/index.js';
import type { Refusal } from '../../state-machine/index.js';
import { copyOf, equalBytes } from '../../stdx/index.js';
import { type MethodHandler, type ServerCall, Status } from '../../transport/index.js';
import {
  CampaignRequest,
  CampaignResponse,
  LeaderRequest,
  LeaderResponse,
  ProclaimRequest,
  ProclaimResponse,
  ResignRequest,
  ResignResponse,
  type TxnRequest,
  type TxnResponse,
} from '../../wire/index.js';
import { always, CallerKv, createRevisionIs, deleteOp, firstFound, putOp } from './caller-kv.js';
import { Candidacy, withLease } from './candidacy.js';
import { type ApiContext, admit, refuseMalformedMessage } from './context.js';
import { LeaderMonitor } from './leader-monitor.js';
import { LeaderObserver } from './leader-observer.js';
import { keysOf, oldestIn } from './queue-keys.js';
import { replyWith, unaryMethod } from './unary.js';

const NO_LEADER: Refusal = { code: Status.UNKNOWN, message: 'election: no leader' };
const NOT_LEADER: Refusal = { code: Status.UNKNOWN, message: 'election: not leader' };
const NO_LEADER_KEY: Refusal = { code: Status.UNKNOWN, message: '"leader" field must be provided' };

/** Puts if the key is still the one that won. */
function proclamation(key: Uint8Array, rev: number, value: Uint8Array, lease: bigint): TxnRequest {
  return { compare: [createRevisionIs(key, rev)], success: [putOp(key, value, lease)], failure: [] };
}

function campaign(
  context: ApiContext,
  store: WatchableStore,
  call: ServerCall,
  request: CampaignRequest,
): void {
  // Copies: the call may wait for long, and would keep its connection's input alive.
  const name = copyOf(request.name);
  const value = copyOf(request.value);
  const kv = new CallerKv(context, call);
  withLease(kv, request.lease, (lease) => {
    const candidacy = new Candidacy(kv, store, keysOf(name), lease);
    const giveUp = (refusal: Refusal): void => {
      candidacy.leave();
      kv.fail(refusal);
    };
    const awaitTurn = ({ header }: TxnResponse): void =>
      candidacy.awaitTurn((isThere) => {
        if (!isThere) return kv.fail(NOT_LEADER);
        const leader = { name, key: candidacy.key, rev: candidacy.createRevision, lease };
        replyWith(context, call, CampaignResponse, { header, leader });
      });
    candidacy.enter(value, [], (entered) => {
      const found = entered.succeeded ? undefined : firstFound(entered, 0);
      if (found === undefined || equalBytes(found.value, value)) return awaitTurn(entered);
      const news = proclamation(candidacy.key, candidacy.createRevision, value, lease);
      const proclaimed = (answer: TxnResponse): void => {
        if (call.finished) return;
        if (answer.succeeded) awaitTurn(entered);
        else giveUp(NOT_LEADER);
      };
      kv.txn(news, proclaimed, giveUp);
    });
  });
}

function proclaim(context: ApiContext, call: ServerCall, { leader, value }: ProclaimRequest): void {
  const kv = new CallerKv(context, call);
  if (leader === undefined) return kv.fail(NO_LEADER_KEY);
  withLease(kv, leader.lease, (lease) => {
    kv.txn(proclamation(leader.key, leader.rev, value, lease), ({ succeeded, header }) => {
      if (!succeeded) kv.fail(NOT_LEADER);
      else replyWith(context, call, ProclaimResponse, { header });
    });
  });
}

/** Whoever does not lead has nothing to give up, and is told that it is done. */
function resign(context: ApiContext, call: ServerCall, { leader }: ResignRequest): void {
  const kv = new CallerKv(context, call);
  if (leader === undefined) return kv.fail(NO_LEADER_KEY);
  const { key, rev } = leader;
  const request = { compare: [createRevisionIs(key, rev)], success: [deleteOp(key)], failure: [] };
  kv.txn(request, ({ header }) => replyWith(context, call, ResignResponse, { header }));
}

function leader(context: ApiContext, call: ServerCall, { name }: LeaderRequest): void {
  const kv = new CallerKv(context, call);
  kv.txn(always(oldestIn(keysOf(name))), (answer) => {
    const found = firstFound(answer, 0);
    if (found === undefined) kv.fail(NO_LEADER);
    else replyWith(context, call, LeaderResponse, { header: answer.header, kv: found });
  });
}

function observeMethod(context: ApiContext, store: WatchableStore): MethodHandler {
  const { member } = context;
  const monitor = new LeaderMonitor(member.clock, () => member.hasLeader, member.options.electionMs);
  return {
    kind: 'stream',
    handle(call) {
      if (!admit(context, call)) return;
      call.onMessage = (buf, start, end) => {
        call.onMessage = undefined;
        try {
          const { name } = LeaderRequest.decode(buf, start, end);
          new LeaderObserver(new CallerKv(context, call), call, { store, monitor }, keysOf(name)).begin();
        } catch (error) {
          refuseMalformedMessage(call, error);
        }
      };
    },
  };
}

/** `store` has the events of what `context` applies. */
export function electionService(context: ApiContext, store: WatchableStore): [string, MethodHandler][] {
  return [
    [
      '/v3electionpb.Election/Campaign',
      unaryMethod(context, CampaignRequest, (call, request) => campaign(context, store, call, request)),
    ],
    [
      '/v3electionpb.Election/Proclaim',
      unaryMethod(context, ProclaimRequest, (call, request) => proclaim(context, call, request)),
    ],
    [
      '/v3electionpb.Election/Leader',
      unaryMethod(context, LeaderRequest, (call, request) => leader(context, call, request)),
    ],
    ['/v3electionpb.Election/Observe', observeMethod(context, store)],
    [
      '/v3electionpb.Election/Resign',
      unaryMethod(context, ResignRequest, (call, request) => resign(context, call, request)),
    ],
  ];
}
