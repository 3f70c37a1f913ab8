/** What the cases touched: methods, fields of requests that were not left at their defaults, and failures. */
import { Kind, type MessageType, RPC_METHODS, type RpcMethod } from '../../../src/wire/index.js';
import type { ErrorRow } from './error-rows.js';
import { type Fields, messageOf, shortName } from './rpc.js';

export class Coverage {
  readonly methods = new Set<string>();
  /** `Message.field`. */
  readonly fields = new Set<string>();
  /** Failures by the case that met them, each as `code message`. */
  readonly failures = new Map<string, Set<string>>();

  note(method: RpcMethod, request: Fields): void {
    this.methods.add(shortName(method.path));
    this.#noteMessage(method.request, request);
  }

  #noteMessage(type: MessageType<unknown>, message: Fields): void {
    for (const [name, value] of Object.entries(message)) {
      const field = type.fields.find((each) => each.protoName === name);
      if (field === undefined || value === undefined) continue;
      this.fields.add(`${type.protoName}.${name}`);
      if (field.kind !== Kind.MESSAGE) continue;
      for (const item of Array.isArray(value) ? value : [value])
        this.#noteMessage(messageOf(field), item as Fields);
    }
  }

  failed(name: string, code: number, message: string): void {
    let met = this.failures.get(name);
    if (met === undefined) this.failures.set(name, (met = new Set()));
    met.add(`${code} ${message}`);
  }

  /** The rows whose case was among `played`, but did not meet them. */
  unmet(rows: readonly ErrorRow[], played: ReadonlySet<string>): string[] {
    return rows
      .filter(({ by }) => by !== undefined && played.has(by))
      .filter(({ by, code, message }) => {
        const met = [...(this.failures.get(by!) ?? [])];
        return !met.some((each) => each.startsWith(`${code} ${message}`));
      })
      .map(({ id, message }) => `${id} "${message}"`);
  }

  /** Methods and options of the API that no case used. */
  missing(): string[] {
    const out: string[] = [];
    for (const { path, request } of RPC_METHODS) {
      if (!this.methods.has(shortName(path))) out.push(shortName(path));
      for (const each of fieldsOf(request)) if (!this.fields.has(each)) out.push(each);
    }
    return [...new Set(out)].sort();
  }
}

function fieldsOf(type: MessageType<unknown>, seen = new Set<string>()): string[] {
  if (seen.has(type.protoName)) return [];
  seen.add(type.protoName);
  return type.fields.flatMap((field) => [
    `${type.protoName}.${field.protoName}`,
    ...(field.kind === Kind.MESSAGE ? fieldsOf(messageOf(field), seen) : []),
  ]);
}
