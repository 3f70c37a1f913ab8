import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { after, before, test } from 'node:test';
import { NodeServiceResolver } from './service-resolver.js';

const NAME_ERROR = 3;
const TYPE_SRV = 33;

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

/** A DNS server for one name (RFC 1035, and RFC 2782 for SRV), which has two records of it. */
function answer(query: Buffer, known: string): Buffer {
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const isKnown = question.subarray(0, -4).equals(encodeName(known));
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (isKnown ? 0 : NAME_ERROR), 2);
  header.writeUInt16BE(1, 4);
  const records = isKnown ? [['one.test', 2380] as const, ['two.test', 2390] as const] : [];
  header.writeUInt16BE(records.length, 6);
  const answers = records.map(([host, port]) => {
    const target = encodeName(host);
    const record = Buffer.alloc(18);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(TYPE_SRV, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(6 + target.length, 10);
    record.writeUInt16BE(port, 16);
    return Buffer.concat([record, target]);
  });
  return Buffer.concat([header, question, ...answers]);
}

let server: Socket;
let resolver: NodeServiceResolver;

before(async () => {
  server = createSocket('udp4');
  server.on('message', (query, from) => {
    server.send(answer(query, '_etcd-server._tcp.example.test'), from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  resolver = new NodeServiceResolver([`127.0.0.1:${server.address().port}`]);
});
after(() => void server.close());

test('the records of a service', async () => {
  const records = await resolver.services('_etcd-server._tcp.example.test');
  assert.deepEqual(
    records.sort((a, b) => a.port - b.port),
    [
      { host: 'one.test', port: 2380 },
      { host: 'two.test', port: 2390 },
    ],
  );
});

test('a service that is not there', async () => {
  await assert.rejects(resolver.services('_etcd-server._tcp.other.test'), /ENOTFOUND/);
});

test('addresses are as the system knows them', async () => {
  assert.match(await resolver.address('localhost'), /^(127\.0\.0\.1|::1)$/);
});
