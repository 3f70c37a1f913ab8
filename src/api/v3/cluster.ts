/** etcdserverpb.Cluster: who the members are. */
import type { MethodHandler } from '../../transport/index.js';
import { MemberListRequest, MemberListResponse } from '../../wire/index.js';
import { type ApiContext, refuse } from './context.js';
import { replyWith, unaryMethod } from './unary.js';

export function clusterService(context: ApiContext): [string, MethodHandler][] {
  const { member, machine } = context;
  const memberList = unaryMethod(context, MemberListRequest, (call, request) => {
    const answer = (): void =>
      replyWith(context, call, MemberListResponse, {
        header: {
          clusterId: member.options.clusterId,
          memberId: member.options.memberId,
          // Answers about the cluster carry no revision.
          revision: 0,
          raftTerm: machine.appliedTerm,
        },
        members: machine.cluster.list(),
      });
    if (!request.linearizable) return answer();
    member.readBarrier((refusal) => (refusal === undefined ? answer() : refuse(call, refusal)));
  });
  return [['/etcdserverpb.Cluster/MemberList', memberList]];
}
