/**
 * Broken parts, put between a sound member and its surroundings, that the simulator must notice. What is wrapped is a
 * port, so the product has no switch for any of them.
 */
import type { ReplaceableBackend } from '../../src/mvcc/index.js';
import type { Disk } from '../../src/platform/index.js';
import {
  ackBeforeDurable,
  backendWith,
  collect,
  diskWith,
  fileWith,
  type PortWrappers,
  splitCommit,
  volatileCache,
  writeChanges,
} from '../../src/sim/index.js';
import type { MemoryDisk } from '../../src/storage/index.js';
import type { MethodHandler, ServerCall, ServiceTable } from '../../src/transport/index.js';
import { PutRequest, RangeRequest, WatchResponse } from '../../src/wire/index.js';

export interface Mutant {
  readonly name: string;
  /** A fresh one for each run: some remember. */
  readonly wrappers: () => PortWrappers;
}

/** Takes a failed write for a done one. */
function swallowedErrors(inner: Disk): Disk {
  return diskWith(inner, (file) =>
    fileWith(file, { write: (bytes, offset, done) => file.write(bytes, offset, () => done()) }),
  );
}

/** Names are never made durable. */
function forgottenNames(inner: Disk): Disk {
  return diskWith(inner, (file) => file, { syncDir: () => Promise.resolve() });
}

/** A start that gives up the last write of the log, as if it had not been finished. */
function loseLastFrame(disk: MemoryDisk): void {
  for (const path of disk.paths().reverse()) {
    if (!path.endsWith('.wal')) continue;
    const bytes = disk.contentOf(path);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    if (end <= 4096) continue;
    bytes.fill(0, end - 24, end);
    disk.setContent(path, bytes);
    return;
  }
}

/** One record in a hundred never reaches the backend. */
function lossyBackend(inner: ReplaceableBackend): ReplaceableBackend {
  let records = 0;
  return backendWith(inner, (fill) => {
    const kept = collect(fill).filter(([table]) => table !== 'key' || ++records % 100 !== 0);
    return inner.commit((tx) => writeChanges(tx, kept));
  });
}

/** Commits are acknowledged when they are asked for. */
function hastyBackend(inner: ReplaceableBackend): ReplaceableBackend {
  return backendWith(inner, (fill) => {
    void inner.commit(fill).catch(() => {});
    return Promise.resolve();
  });
}

function serviceWith(services: ServiceTable, path: string, wrap: (handler: MethodHandler) => MethodHandler) {
  return new Map([...services, [path, wrap(services.get(path)!)] as const]);
}

const PUT = '/etcdserverpb.KV/Put';
const RANGE = '/etcdserverpb.KV/Range';
const WATCH = '/etcdserverpb.Watch/Watch';

/** A call with some methods replaced; what a handler sets on it reaches the real one. */
function callWith<T extends ServerCall>(call: T, overrides: Partial<ServerCall>): T {
  return new Proxy(call, {
    get: (target, name) => {
      if (Object.hasOwn(overrides, name)) return overrides[name as keyof ServerCall];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

/** Answers a read as it answered the same one some time before. */
function staleReads(services: ServiceTable): ServiceTable {
  const answers = new Map<string, Uint8Array>();
  let reads = 0;
  return serviceWith(services, RANGE, (handler) => ({
    kind: 'unary',
    handle: (call, message, start, end) => {
      if (handler.kind !== 'unary') return;
      const name = JSON.stringify([...RangeRequest.decode(message, start, end).key]);
      const before = answers.get(name);
      if (before !== undefined && ++reads % 10 === 0) return call.reply(before, 0, before.length);
      const reply = (bytes: Uint8Array, from: number, to: number): void => {
        answers.set(name, bytes.slice(from, to));
        call.reply(bytes, from, to);
      };
      handler.handle(callWith(call, { reply }), message, start, end);
    },
  }));
}

/** Carries out one put in fifty twice. */
function doubledPuts(services: ServiceTable): ServiceTable {
  let puts = 0;
  return serviceWith(services, PUT, (handler) => ({
    kind: 'unary',
    handle: (call, message, start, end) => {
      if (handler.kind !== 'unary') return;
      const isPlain = PutRequest.decode(message, start, end).lease === 0n;
      if (isPlain && ++puts % 50 === 0) {
        handler.handle(callWith(call, { reply: () => {}, finish: () => {} }), message, start, end);
      }
      handler.handle(call, message, start, end);
    },
  }));
}

/** Watch responses go through `change`, which gives what is sent instead. */
function watchWith(change: (response: WatchResponse, count: number) => WatchResponse[]) {
  return (services: ServiceTable): ServiceTable => {
    let count = 0;
    return serviceWith(services, WATCH, (handler) => ({
      kind: 'stream',
      handle: (call) => {
        if (handler.kind !== 'stream') return;
        const send = (bytes: Uint8Array, start: number, end: number): boolean => {
          let hasRoom = true;
          for (const response of change(WatchResponse.decode(bytes, start, end), ++count)) {
            const sent = WatchResponse.toBytes(response);
            hasRoom = call.send(sent, 0, sent.length);
          }
          return hasRoom;
        };
        handler.handle(callWith(call, { send }));
      },
    }));
  };
}

function isEventful(response: WatchResponse): boolean {
  return response.events.length > 0;
}

const droppedEvents = watchWith((response, count) =>
  isEventful(response) && count % 200 === 0 ? [] : [response],
);
const doubledEvents = watchWith((response, count) =>
  isEventful(response) && count % 200 === 0 ? [response, response] : [response],
);
const splitRevisions = watchWith((response) => {
  const { events } = response;
  const cut = events.findIndex(
    (event, i) => i > 0 && event.kv!.modRevision === events[i - 1]!.kv!.modRevision,
  );
  if (cut < 0) return [response];
  return [
    { ...response, events: events.slice(0, cut) },
    { ...response, events: events.slice(cut) },
  ];
});
const hastyProgress = watchWith((response) =>
  isEventful(response) ? [{ ...response, events: [] }, response] : [response],
);
const noPreviousValues = watchWith((response, count) =>
  count % 20 === 0
    ? [{ ...response, events: response.events.map((event) => ({ ...event, prevKv: undefined })) }]
    : [response],
);

export const MUTANTS: readonly Mutant[] = [
  { name: 'the log acknowledges before the write is durable', wrappers: () => ({ disk: ackBeforeDurable }) },
  { name: 'the disk keeps acknowledged writes in a cache', wrappers: () => ({ disk: volatileCache }) },
  { name: 'a failed write of the log is taken for a done one', wrappers: () => ({ disk: swallowedErrors }) },
  { name: 'directories are never synced', wrappers: () => ({ disk: forgottenNames }) },
  { name: 'a restart drops the last batch of the log', wrappers: () => ({ beforeRestart: loseLastFrame }) },
  { name: 'applied index committed before its records', wrappers: () => ({ backend: splitCommit(true) }) },
  { name: 'records committed before their applied index', wrappers: () => ({ backend: splitCommit(false) }) },
  { name: 'the backend loses a record in a hundred', wrappers: () => ({ backend: lossyBackend }) },
  { name: 'the backend acknowledges before it is durable', wrappers: () => ({ backend: hastyBackend }) },
  { name: 'a read is answered from an old answer', wrappers: () => ({ services: staleReads }) },
  { name: 'a put is carried out twice', wrappers: () => ({ services: doubledPuts }) },
  { name: 'a watch drops a response', wrappers: () => ({ services: droppedEvents }) },
  { name: 'a watch sends a response twice', wrappers: () => ({ services: doubledEvents }) },
  { name: 'a watch splits a revision', wrappers: () => ({ services: splitRevisions }) },
  { name: 'progress is told ahead of events', wrappers: () => ({ services: hastyProgress }) },
  { name: 'a watch leaves out previous values', wrappers: () => ({ services: noPreviousValues }) },
];
