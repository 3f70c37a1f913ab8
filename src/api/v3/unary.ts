/** Unary methods whose messages go through the table-driven codec: everything that is not hot. */
import type { MethodHandler, ServerCall } from '../../transport/index.js';
import type { MessageType } from '../../wire/index.js';
import { type ApiContext, admit, emptyScratch, refuseMalformed } from './context.js';

/** Sends the answer of a call. */
export function replyWith<T>(context: ApiContext, call: ServerCall, type: MessageType<T>, answer: T): void {
  const scratch = emptyScratch(context);
  type.encode(scratch, answer);
  call.reply(scratch.buf, 0, scratch.len);
}

/** A method that takes a decoded request and answers when it likes. `servesLearner`: a learner answers it, too. */
export function unaryMethod<T>(
  context: ApiContext,
  type: MessageType<T>,
  handle: (call: ServerCall, request: T) => void,
  servesLearner = false,
): MethodHandler {
  return {
    kind: 'unary',
    handle(call, buf, start, end) {
      try {
        const request = type.decode(buf, start, end);
        if (admit(context, call, servesLearner)) handle(call, request);
      } catch (error) {
        refuseMalformed(call, error);
      }
    },
  };
}
