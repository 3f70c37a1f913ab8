import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePeerUrls } from './peer-urls.js';

test('peer URLs are trimmed and sorted', () => {
  assert.deepEqual(parsePeerUrls([' http://b:2380', 'http://a:2380 ']), ['http://a:2380', 'http://b:2380']);
});

test('every form that etcd takes is taken', () => {
  const urls = ['http://a:1', 'HTTPS://[::1]:2380', 'unix://some/socket', 'unixs://x', 'http://:2380'];
  for (const url of urls) assert.deepEqual(parsePeerUrls([url]), [url]);
});

test('all else is refused, also among good ones', () => {
  const bad = ['', 'a', 'a:2380', 'http://a', 'http://a:2380/', 'http://a:2380/x', 'http://a:b', 'ftp://a:1'];
  for (const url of [...bad, 'http://::1:2380', 'http://[::1]'])
    assert.equal(parsePeerUrls(['http://a:1', url]), undefined, url);
  assert.equal(parsePeerUrls([]), undefined);
});
