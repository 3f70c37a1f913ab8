/** Unary methods whose messages go through the table-driven codec: everything that is not hot. */
import type { MethodHandler, ServerCall } from '../../transport/index.js';
import type { MessageType } from '../../wire/index.js';
import { type ApiContext, admit, emptyScratch, refuse, refuseMalformed } from './context.js';
import { identify, type Needed, refusalOf } from './credentials.js';

/** Sends the answer of a call. */
export function replyWith<T>(context: ApiContext, call: ServerCall, type: MessageType<T>, answer: T): void {
  const scratch = emptyScratch(context);
  type.encode(scratch, answer);
  call.reply(scratch.buf, 0, scratch.len);
}

export interface MethodAccess {
  /** A learner answers it, too. */
  readonly servesLearner?: boolean;
  /** Once auth is on. */
  readonly needs?: Needed;
}

/** A method that takes a decoded request and answers when it likes. */
export function unaryMethod<T>(
  context: ApiContext,
  type: MessageType<T>,
  handle: (call: ServerCall, request: T) => void,
  { servesLearner = false, needs = 'nothing' }: MethodAccess = {},
): MethodHandler {
  const { auth } = context.machine;
  return {
    kind: 'unary',
    handle(call, buf, start, end) {
      try {
        const request = type.decode(buf, start, end);
        if (!admit(context, call, servesLearner)) return;
        if (needs === 'nothing' || !auth.enabled) return handle(call, request);
        identify(context, call, (who) => {
          const refusal = refusalOf(context, who, needs);
          if (refusal !== undefined) refuse(call, refusal);
          else handle(call, request);
        });
      } catch (error) {
        refuseMalformed(call, error);
      }
    },
  };
}
