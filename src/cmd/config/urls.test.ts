import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAdvertised, checkBindable, parseMemberUrl, parseMemberUrls, UrlError } from './urls.js';

function problem(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof UrlError);
    return error.message;
  }
  return 'none';
}

test('a URL is a scheme, a host and a port', () => {
  assert.deepEqual(parseMemberUrl(' http://127.0.0.1:2379 '), {
    text: 'http://127.0.0.1:2379',
    scheme: 'http',
    host: '127.0.0.1',
    port: 2379,
    path: '',
  });
  const { host, port, scheme } = parseMemberUrl('https://[::1]:80');
  assert.deepEqual([host, port, scheme], ['::1', 80, 'https']);
});

test('a socket is the rest of the URL, host and path', () => {
  assert.equal(parseMemberUrl('unix:///run/x.sock').path, '/run/x.sock');
  assert.equal(parseMemberUrl('unix://localhost:15899').path, 'localhost:15899');
  assert.equal(parseMemberUrl('unixs://a/b').scheme, 'unixs');
});

test("what is no such URL is told in etcd's words", () => {
  const told = (text: string): string => problem(() => parseMemberUrl(text));
  assert.equal(told('ftp://a:1'), 'URL scheme must be http, https, unix, or unixs: ftp://a:1');
  assert.equal(told('127.0.0.1:2379'), 'URL scheme must be http, https, unix, or unixs: 127.0.0.1:2379');
  assert.equal(told('http://a'), 'URL address does not have the form "host:port": http://a');
  assert.equal(told('http://a:b'), 'URL address does not have the form "host:port": http://a:b');
  assert.equal(told('http://a:1/'), 'URL must not contain a path: http://a:1/');
  assert.equal(told('http://a:1/x'), 'URL must not contain a path: http://a:1/x');
});

test('a list is sorted and holds each URL once', () => {
  const texts = parseMemberUrls(['http://b:1', 'http://a:1', 'http://b:1']).map(({ text }) => text);
  assert.deepEqual(texts, ['http://a:1', 'http://b:1']);
});

test('a URL to listen on needs an address', () => {
  const bind = (text: string): string => problem(() => checkBindable(parseMemberUrls([text])));
  for (const text of [
    'http://localhost:1',
    'http://0.0.0.0:1',
    'http://[::]:1',
    'unix://x',
    'https://1.2.3.4:1',
  ]) {
    assert.equal(bind(text), 'none');
  }
  assert.equal(bind('http://example.com:1'), 'expected IP in URL for binding (http://example.com:1)');
  assert.equal(bind('http://:1'), 'expected IP in URL for binding (http://:1)');
});

test('a URL to advertise needs a host', () => {
  const advertise = (text: string): string => problem(() => checkAdvertised(parseMemberUrls([text])));
  assert.equal(advertise('http://example.com:1'), 'none');
  assert.equal(advertise('unix://x'), 'none');
  assert.equal(advertise('http://:1'), 'unexpected empty host (http://:1)');
});
