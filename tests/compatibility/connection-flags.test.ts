/**
 * The flags about connections, through Node.js's own HTTP/2 client, which lets a test misbehave. Run with
 * QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { describe, test } from 'node:test';
import { MemberProcess, programUnderTest, skipWithoutServer, sleep, waitUntil } from '../harness/index.js';

const program = programUnderTest();
const PATIENCE_MS = 15_000;

async function withSession(
  flags: readonly string[],
  use: (session: ClientHttp2Session) => Promise<void>,
): Promise<void> {
  const member = await MemberProcess.launch(program, { flags });
  const session = connect(member.clientUrl);
  session.on('error', () => {});
  try {
    await once(session, 'connect');
    await use(session);
  } finally {
    session.destroy();
    await member.stop();
  }
}

/** A watch stream, which stays open. */
function openStream(session: ClientHttp2Session): ClientHttp2Stream {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: '/etcdserverpb.Watch/Watch',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  return stream;
}

function ping(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!session.ping((error) => (error === null ? resolve() : reject(error)))) reject(new Error('closed'));
  });
}

/** The code of the GOAWAY that so many pings in a row lead to; undefined if they are borne. */
async function codeOfPings(session: ClientHttp2Session, count: number): Promise<number | undefined> {
  let code: number | undefined;
  session.on('goaway', (each: number) => {
    code = each;
  });
  openStream(session);
  for (let i = 0; i < count && code === undefined && !session.destroyed; i++) {
    await ping(session).catch(() => {});
    await sleep(20);
  }
  await waitUntil(() => code !== undefined, 500);
  return code;
}

describe('connection flags', { skip: skipWithoutServer(program) }, () => {
  test('max-concurrent-streams is announced', async () => {
    await withSession(['--max-concurrent-streams=7'], async (session) => {
      assert.ok(await waitUntil(() => session.remoteSettings.maxConcurrentStreams === 7, PATIENCE_MS));
    });
  });

  test('grpc-keepalive-min-time: who pings more often is sent away', async () => {
    await withSession(['--grpc-keepalive-min-time=1h'], async (session) => {
      assert.equal(await codeOfPings(session, 20), constants.NGHTTP2_ENHANCE_YOUR_CALM);
    });
    await withSession(['--grpc-keepalive-min-time=1ms'], async (session) => {
      assert.equal(await codeOfPings(session, 20), undefined);
    });
  });

  test('grpc-keepalive-interval and grpc-keepalive-timeout: who answers no ping is hung up on', async () => {
    const member = await MemberProcess.launch(program, {
      flags: ['--grpc-keepalive-interval=1s', '--grpc-keepalive-timeout=500ms'],
    });
    try {
      // The preface and empty SETTINGS (RFC 9113, section 3.4), and then silence.
      const silent = connectTcp(member.clientPort, '127.0.0.1');
      silent.write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
      silent.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
      let isClosed = false;
      silent.on('close', () => {
        isClosed = true;
      });
      silent.resume();
      const talkative = connect(member.clientUrl);
      await once(talkative, 'connect');
      openStream(talkative);
      assert.ok(await waitUntil(() => isClosed, PATIENCE_MS));
      await ping(talkative);
      talkative.destroy();
    } finally {
      await member.stop();
    }
  });
});
