/**
 * etcdserverpb.Cluster: who the members are, and changes of that. An answer to a change lists the members as they are
 * after it. Answers about the cluster carry no revision.
 */
import type { Member as ClusterMember } from '../../membership/index.js';
import type { Refusal } from '../../state-machine/index.js';
import type { MethodHandler, ServerCall } from '../../transport/index.js';
import {
  MemberAddRequest,
  MemberAddResponse,
  MemberListRequest,
  MemberListResponse,
  MemberPromoteRequest,
  MemberPromoteResponse,
  MemberRemoveRequest,
  MemberRemoveResponse,
  MemberUpdateRequest,
  MemberUpdateResponse,
  type MessageType,
  type ResponseHeader,
} from '../../wire/index.js';
import { type ApiContext, refuse } from './context.js';
import { replyWith, unaryMethod } from './unary.js';

const ROOT_ONLY = { needs: 'root' } as const;

interface MembersAnswer {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly ClusterMember[];
}

function membersAnswer(context: ApiContext): MembersAnswer {
  const { member, machine } = context;
  const { clusterId, memberId } = member.options;
  const header = { clusterId, memberId, revision: 0, raftTerm: machine.appliedTerm };
  return { header, members: machine.cluster.list() };
}

/** Answers a call with the members as they are now, or with the reason why not. */
function answerMembers(
  context: ApiContext,
  call: ServerCall,
  type: MessageType<MembersAnswer>,
): (refusal: Refusal | undefined) => void {
  return (refusal) => {
    if (call.finished) return;
    if (refusal !== undefined) refuse(call, refusal);
    else replyWith(context, call, type, membersAnswer(context));
  };
}

export function clusterService(context: ApiContext): [string, MethodHandler][] {
  const { member } = context;
  const { reconfiguration } = member;
  const memberList = unaryMethod(
    context,
    MemberListRequest,
    (call, request) => {
      const answer = answerMembers(context, call, MemberListResponse);
      if (request.linearizable) member.readBarrier(answer);
      else answer(undefined);
    },
    { needs: 'user' },
  );
  const memberAdd = unaryMethod(
    context,
    MemberAddRequest,
    (call, request) => {
      reconfiguration.add(request.peerUrls, request.isLearner, (refusal, added) => {
        if (call.finished) return;
        if (refusal !== undefined) return refuse(call, refusal);
        replyWith(context, call, MemberAddResponse, { ...membersAnswer(context), member: added });
      });
    },
    ROOT_ONLY,
  );
  const memberRemove = unaryMethod(
    context,
    MemberRemoveRequest,
    (call, request) => {
      reconfiguration.remove(request.id, answerMembers(context, call, MemberRemoveResponse));
    },
    ROOT_ONLY,
  );
  const memberUpdate = unaryMethod(
    context,
    MemberUpdateRequest,
    (call, request) => {
      const { id, peerUrls } = request;
      reconfiguration.update(id, peerUrls, answerMembers(context, call, MemberUpdateResponse));
    },
    ROOT_ONLY,
  );
  const memberPromote = unaryMethod(
    context,
    MemberPromoteRequest,
    (call, request) => {
      reconfiguration.promote(request.id, answerMembers(context, call, MemberPromoteResponse));
    },
    ROOT_ONLY,
  );
  return [
    ['/etcdserverpb.Cluster/MemberAdd', memberAdd],
    ['/etcdserverpb.Cluster/MemberRemove', memberRemove],
    ['/etcdserverpb.Cluster/MemberUpdate', memberUpdate],
    ['/etcdserverpb.Cluster/MemberList', memberList],
    ['/etcdserverpb.Cluster/MemberPromote', memberPromote],
  ];
}
