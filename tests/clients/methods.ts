/** The RPCs as the files in `proto/` have them, for @grpc/grpc-js. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition, type Options } from '@grpc/proto-loader';

export type Method = MethodDefinition<object, object>;

/** proto/ lies beside package.json, some folders above the compiled file. */
function protoFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'proto');
    if (folder === dirname(folder)) throw new Error('proto/ not found');
  }
}

/** All methods by path; `options` say how messages are given and taken. Field names are the protocol's. */
export function loadMethods(options: Options): Map<string, Method> {
  const files = ['rpc.proto', 'v3election.proto', 'v3lock.proto', 'health.proto'];
  const loaded = loadSync(files, { ...options, includeDirs: [protoFolder()], keepCase: true });
  const methods = new Map<string, Method>();
  for (const definition of Object.values(loaded)) {
    if ('format' in definition) continue;
    for (const method of Object.values(definition as Record<string, Method>))
      methods.set(method.path, method);
  }
  return methods;
}
