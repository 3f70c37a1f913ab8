/** A sequence of operations as a file: what a shrunk failure is kept in, and replayed from. */
import { decode, encode } from '../harness/index.js';
import type { Operation } from './operation.js';

interface Recorded {
  readonly operation: Omit<Operation, 'body' | 'request'>;
  /** Bytes in hex: of the request, or of the create request of a watch. */
  readonly bytes?: string;
  readonly hasRequest?: boolean;
}

export function toJson(operations: readonly Operation[]): string {
  const recorded = operations.map((operation): Recorded => {
    if (operation.kind === 'unary') {
      const { body, request, ...rest } = operation;
      return { operation: rest, bytes: Buffer.from(body).toString('hex'), hasRequest: request !== undefined };
    }
    if (operation.kind === 'watch-create') {
      const { request, ...rest } = operation;
      return { operation: rest, bytes: encode('WatchCreateRequest', request).toString('hex') };
    }
    if (operation.kind === 'watch-silent') {
      const { body, ...rest } = operation;
      return { operation: rest, bytes: Buffer.from(body).toString('hex') };
    }
    return { operation };
  });
  return JSON.stringify(recorded, undefined, 1);
}

export function fromJson(text: string): Operation[] {
  return (JSON.parse(text) as Recorded[]).map(({ operation, bytes, hasRequest }) => {
    const body = Buffer.from(bytes ?? '', 'hex');
    const kind = (operation as Operation).kind;
    if (kind === 'watch-create')
      return { ...operation, request: decode('WatchCreateRequest', body) } as Operation;
    if (kind === 'watch-silent') return { ...operation, body } as unknown as Operation;
    if (kind !== 'unary') return operation as Operation;
    const { requestType } = operation as { requestType?: string };
    const request =
      hasRequest === true && requestType !== undefined ? { request: decode(requestType, body) } : {};
    return { ...operation, ...request, body } as Operation;
  });
}
