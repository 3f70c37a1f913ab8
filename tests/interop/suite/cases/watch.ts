/** Watch/Watch: every option of a watcher, what it is told, and how a stream answers what it is asked. */
import { CaseList } from '../case.js';
import type { Conversation, Stream } from '../conversation.js';
import type { Fields } from '../rpc.js';
import { grant, put, remove } from '../steps.js';

const list = new CaseList('watch');
export const WATCH_CASES = list.cases;

const ALL = { key: '\0', range_end: '\0' };

/** A stream with one watcher on it, of which the creation is written down. */
async function watch(t: Conversation, request: Fields): Promise<Stream> {
  const stream = t.open('Watch/Watch');
  stream.send({ create_request: request });
  await stream.next('created');
  return stream;
}

/** What is written after the watcher is there, one message each. */
async function live(
  t: Conversation,
  request: Fields,
  messages: number,
  write: () => Promise<void>,
): Promise<void> {
  const stream = await watch(t, request);
  await write();
  for (let i = 0; i < messages; i++) await stream.next('event');
}

/** Puts, an overwriting and a deletion: five revisions. */
async function history(t: Conversation): Promise<void> {
  await put(t, 'a=1', 'b=1', 'a=2');
  await remove(t, 'a');
  await put(t, 'c=1');
}

list.add('one key', (t) => live(t, { key: 'a' }, 2, () => put(t, 'b=1', 'a=1', 'a=2')));
list.add('a deletion', (t) =>
  live(t, { key: 'a' }, 2, async () => {
    await put(t, 'a=1');
    await remove(t, 'a');
  }),
);
list.add('an interval', (t) =>
  live(t, { key: 'b', range_end: 'd' }, 2, () => put(t, 'a=1', 'b=1', 'd=1', 'c=1')),
);
list.add('from a key on', (t) =>
  live(t, { key: 'b', range_end: '\0' }, 2, () => put(t, 'a=1', 'b=1', 'z=1')),
);
list.add('everything', (t) => live(t, ALL, 2, () => put(t, 'a=1', 'b=1')));
list.add('everything, by an empty key', (t) => live(t, { range_end: '\0' }, 2, () => put(t, 'a=1', 'b=1')));
list.add('an empty key alone', (t) => live(t, {}, 1, () => put(t, 'a=1', '\0=1')));
list.add('an interval that ends before it begins', async (t) => {
  await watch(t, { key: 'b', range_end: 'a' });
  await watch(t, { key: 'b', range_end: 'b' });
});
list.add('one revision of many keys', async (t) => {
  const success = ['c', 'a', 'b'].map((key) => ({ request_put: { key, value: '1' } }));
  await live(t, ALL, 2, async () => {
    await t.do('KV/Txn', { success });
    await remove(t, 'a', 'z');
  });
});
list.add('a deletion of what is not there tells nothing', (t) =>
  live(t, ALL, 1, async () => {
    await remove(t, 'a');
    await put(t, 'b=1');
  }),
);

list.add('prev_kv', (t) =>
  live(t, { key: 'a', prev_kv: true }, 3, async () => {
    await put(t, 'a=1', 'a=2');
    await remove(t, 'a');
  }),
);
list.add('prev_kv after a deletion', (t) =>
  live(t, { key: 'a', prev_kv: true }, 3, async () => {
    await put(t, 'a=1');
    await remove(t, 'a');
    await put(t, 'a=2');
  }),
);
list.add('prev_kv of what was', async (t) => {
  await history(t);
  const stream = await watch(t, { ...ALL, start_revision: t.rev(1), prev_kv: true });
  await stream.next('events');
});
list.add('prev_kv that was compacted', async (t) => {
  await put(t, 'a=1', 'a=2', 'a=3');
  await t.do('KV/Compact', { revision: t.rev(2), physical: true });
  const stream = await watch(t, { key: 'a', start_revision: t.rev(2), prev_kv: true });
  await stream.next('events');
});
list.add('a lease in events', async (t) => {
  await grant(t, 7);
  await live(t, { key: 'a', prev_kv: true }, 2, async () => {
    await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
    await t.do('Lease/LeaseRevoke', { ID: 7 });
  });
});

for (const [name, filters] of [
  ['NOPUT', ['NOPUT']],
  ['NODELETE', ['NODELETE']],
  ['both', ['NOPUT', 'NODELETE']],
  ['the same twice', ['NOPUT', 'NOPUT']],
  ['an unknown one', [9]],
] as const) {
  list.add(`filters: ${name}`, async (t) => {
    const stream = await watch(t, { key: 'a', filters });
    stream.send({ create_request: { key: 'end' } });
    await stream.next('the second is created');
    await put(t, 'a=1');
    await remove(t, 'a');
    await put(t, 'end=1');
    const messages = name === 'both' ? 1 : name === 'an unknown one' ? 3 : 2;
    const answers = [];
    for (let i = 0; i < messages; i++) answers.push(await stream.take());
    const shown = answers.map((each) => (each === undefined ? 'nothing' : eventsOf(each)));
    t.note('events', shown.map((each) => JSON.stringify(each)).sort());
  });
  list.add(`filters: ${name}, of what was`, async (t) => {
    await history(t);
    const stream = await watch(t, { ...ALL, start_revision: t.rev(1), filters });
    if (name !== 'both') await stream.next('events');
    else t.note('nothing comes', (await stream.take(300)) ?? 'nothing');
  });
}

/** Type and key of the events. */
function eventsOf(answer: Fields): string[] {
  return ((answer['events'] ?? []) as Fields[]).map(
    (event) => `${String(event['type'] ?? 'PUT')} ${String((event['kv'] as Fields)['key'])}`,
  );
}

for (const n of [1, 2, 3, 4, 5]) {
  list.add(`from revision ${n} of five`, async (t) => {
    await history(t);
    const stream = await watch(t, { ...ALL, start_revision: t.rev(n) });
    await stream.next('events');
    await put(t, 'later=1');
    await stream.next('event');
  });
}
list.add('from the next revision', async (t) => {
  await history(t);
  await live(t, { ...ALL, start_revision: t.rev(6) }, 1, () => put(t, 'later=1'));
});
list.add('from a future revision', async (t) => {
  await live(t, { ...ALL, start_revision: t.rev(3) }, 2, () => put(t, 'a=1', 'b=1', 'c=1', 'd=1'));
});
list.add('from a negative revision', async (t) => {
  await watch(t, { ...ALL, start_revision: -1 });
});
list.add('one key of what was', async (t) => {
  await history(t);
  const stream = await watch(t, { key: 'a', start_revision: t.rev(1) });
  await stream.next('events');
});
list.add('from a compacted revision', async (t) => {
  await history(t);
  await t.do('KV/Compact', { revision: t.rev(4) });
  const stream = await watch(t, { ...ALL, start_revision: t.rev(2) });
  await stream.next('cancelled');
  stream.send({ cancel_request: { watch_id: 0 } });
  await stream.next('cancelled by the client');
});
list.add('from exactly the compacted revision', async (t) => {
  await put(t, 'a=1', 'a=2', 'b=1');
  await t.do('KV/Compact', { revision: t.rev(2) });
  const stream = await watch(t, { ...ALL, start_revision: t.rev(2) });
  await stream.next('events');
});
list.add('a deletion at the compacted revision', async (t) => {
  await put(t, 'a=1', 'a=2');
  await remove(t, 'a');
  await put(t, 'a=3');
  await t.do('KV/Compact', { revision: t.rev(3), physical: true });
  const stream = await watch(t, { ...ALL, start_revision: t.rev(3), prev_kv: true });
  await stream.next('events');
});
list.add(
  'more than a thousand revisions',
  async (t) => {
    for (let i = 0; i < 1100; i++) await t.do('KV/Put', { key: 'k', value: `${i}` });
    const stream = await watch(t, { key: 'k', start_revision: t.rev(1) });
    const sizes: number[] = [];
    while (sizes.reduce((sum, each) => sum + each, 0) < 1100) {
      const answer = await stream.take();
      if (answer === undefined) break;
      sizes.push((answer['events'] as Fields[]).length);
    }
    t.note('events in each message', sizes);
  },
  { protocol: 'grpc', members: 1 },
);

list.add('a given id', (t) => live(t, { key: 'a', watch_id: 7 }, 1, () => put(t, 'a=1')));
list.add('a negative id', (t) => live(t, { key: 'a', watch_id: -7 }, 1, () => put(t, 'a=1')));
list.add('an id given twice', async (t) => {
  const stream = await watch(t, { key: 'a', watch_id: 7 });
  stream.send({ create_request: { key: 'b', watch_id: 7 } });
  await stream.next('refused');
  await put(t, 'b=1', 'a=1');
  await stream.next('event');
});
list.add('ids that the server gives', async (t) => {
  const stream = await watch(t, { key: 'a' });
  for (const watch_id of [0, 2, 0, 0]) {
    stream.send({ create_request: { key: 'a', watch_id } });
    await stream.next('created');
  }
  stream.send({ cancel_request: { watch_id: 1 } });
  await stream.next('cancelled');
  stream.send({ create_request: { key: 'a' } });
  await stream.next('created');
});
list.add('an id given again after it was cancelled', async (t) => {
  const stream = await watch(t, { key: 'a', watch_id: 7 });
  stream.send({ cancel_request: { watch_id: 7 } });
  await stream.next('cancelled');
  stream.send({ create_request: { key: 'b', watch_id: 7 } });
  await stream.next('created');
  await put(t, 'a=1', 'b=1');
  await stream.next('event');
});
list.add('cancel', async (t) => {
  const stream = await watch(t, { key: 'a' });
  stream.send({ cancel_request: { watch_id: 0 } });
  await stream.next('cancelled');
  await put(t, 'a=1');
  stream.send({ create_request: { key: 'a' } });
  await stream.next('created');
  await put(t, 'a=2');
  await stream.next('event');
});
list.add('cancel what is not there', async (t) => {
  const stream = await watch(t, { key: 'a' });
  stream.send({ cancel_request: { watch_id: 99 } });
  stream.send({ cancel_request: { watch_id: 0 } });
  await stream.next('cancelled');
  stream.send({ cancel_request: { watch_id: 0 } });
  stream.send({ create_request: { key: 'b' } });
  await stream.next('created');
});
list.add('a request without content', async (t) => {
  const stream = await watch(t, { key: 'a' });
  stream.send({});
  stream.send({ create_request: { key: 'b' } });
  await stream.next('created');
});

list.add('progress on request', async (t) => {
  await put(t, 'a=1');
  const stream = await watch(t, { key: 'a' });
  stream.send({ progress_request: {} });
  await stream.next('progress');
  await put(t, 'b=1');
  stream.send({ create_request: { key: 'c' } });
  await stream.next('created');
  stream.send({ progress_request: {} });
  await stream.next('progress');
});
list.add('progress on request, without watchers', async (t) => {
  const stream = t.open('Watch/Watch');
  stream.send({ progress_request: {} });
  stream.send({ create_request: { key: 'a' } });
  await stream.next('created');
});
list.add('progress on request, with a watcher of the future', async (t) => {
  const stream = await watch(t, { key: 'a' });
  stream.send({ create_request: { key: 'a', start_revision: t.rev(100) } });
  await stream.next('created');
  stream.send({ progress_request: {} });
  stream.send({ create_request: { key: 'c' } });
  await stream.next('created');
});
list.add('progress on request, with a watcher of what was compacted', async (t) => {
  await history(t);
  await t.do('KV/Compact', { revision: t.rev(4) });
  const stream = await watch(t, { ...ALL, start_revision: t.rev(2) });
  await stream.next('cancelled');
  stream.send({ progress_request: {} });
  stream.send({ cancel_request: { watch_id: 0 } });
  await stream.next('cancelled by the client');
});
list.add('progress_notify', async (t) => {
  await put(t, 'a=1');
  const stream = await watch(t, { key: 'a', progress_notify: true });
  await stream.next('progress');
  await put(t, 'b=1');
  const passed = await stream.take();
  t.note('progress tells a revision', passed?.['header'] !== undefined);
  await put(t, 'a=2');
  for (;;) {
    const answer = await stream.take();
    if (answer === undefined || answer['events'] !== undefined) {
      t.note('the event comes', answer === undefined ? 'no' : eventsOf(answer));
      break;
    }
  }
});

/** Four events of one revision that are 3 MB with what was there before. */
async function large(t: Conversation, fragment: boolean): Promise<void> {
  const success = ['a', 'b', 'c', 'd'].map((key) => ({ request_put: { key, value: 'v'.repeat(380_000) } }));
  await t.do('KV/Txn', { success });
  const stream = t.open('Watch/Watch');
  stream.send({ create_request: { ...ALL, prev_kv: true, fragment } });
  await stream.next('created');
  await t.do('KV/Txn', { success });
  for (let events = 0; events < 4; ) {
    const answer = await stream.take();
    if (answer === undefined) break;
    const found = eventsOf(answer);
    events += found.length;
    t.note('a message', [found, answer['fragment'] ?? false]);
  }
}
list.add('large, in fragments', (t) => large(t, true));
list.add('large, without fragments', (t) => large(t, false));
list.add('small, with fragment asked for', (t) =>
  live(t, { key: 'a', fragment: true }, 1, () => put(t, 'a=1')),
);

list.add('many watchers of one stream', async (t) => {
  const stream = t.open('Watch/Watch');
  for (let i = 0; i < 10; i++) {
    stream.send({ create_request: { key: `k${i}` } });
    await stream.next('created');
  }
  for (let i = 9; i >= 0; i--) {
    await put(t, `k${i}=1`);
    await stream.next('event');
  }
});
list.add('two streams', async (t) => {
  const first = await watch(t, { key: 'a' });
  const second = await watch(t, { key: 'a' });
  await put(t, 'a=1');
  await first.next('event of the first');
  await second.next('event of the second');
  first.cancel();
  await put(t, 'a=2');
  await second.next('event of the second');
});
list.add(
  'the stream outlives the end of what the client says',
  async (t) => {
    const stream = await watch(t, { key: 'a' });
    stream.halfClose();
    await put(t, 'a=1');
    await stream.next('event');
  },
  { protocol: 'grpc' },
);
list.add('written at one member, watched at another', async (t) => {
  const stream = await watch(t, { key: 'a' });
  for (const at of ['leader', 'other'] as const) {
    await t.do('KV/Put', { key: 'a', value: at }, { at });
    await stream.next('event');
  }
});
list.add('the stream survives a compaction', async (t) => {
  const stream = await watch(t, { key: 'a' });
  await put(t, 'a=1', 'a=2');
  await stream.next('event');
  await stream.next('event');
  await t.do('KV/Compact', { revision: t.rev(2) });
  await put(t, 'a=3');
  await stream.next('event');
});
