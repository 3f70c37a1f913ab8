import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../../stdx/index.js';
import type { HttpRequest, HttpResponse } from './exchange.js';
import { type Assets, labEndpoint } from './lab.js';

const ASSETS: Assets = new Map([
  ['index.html', encodeUtf8('<!doctype html>')],
  ['mark.svg', encodeUtf8('<svg/>')],
  ['assets/main-1a2b.js', encodeUtf8('1')],
  ['assets/odd.bin', encodeUtf8('2')],
]);

function ask(path: string, method = 'GET'): HttpResponse {
  return answerOf(ASSETS, path, method);
}

function answerOf(assets: Assets | undefined, path: string, method: string): HttpResponse {
  const answers: HttpResponse[] = [];
  labEndpoint(assets)[1]({ path, method } as HttpRequest, (answer) => answers.push(answer));
  assert.equal(answers.length, 1);
  return answers[0]!;
}

test('the page and its files, with types, caching and a policy that lets it talk to nobody else', () => {
  const page = ask('/lab/');
  assert.deepEqual([page.status, page.body], [200, ASSETS.get('index.html')]);
  assert.equal(page.headers['Content-Type'], 'text/html; charset=utf-8');
  assert.equal(page.headers['Cache-Control'], 'no-cache');
  assert.match(page.headers['Content-Security-Policy']!, /^default-src 'self';/);
  assert.doesNotMatch(page.headers['Content-Security-Policy']!, /unsafe|https?:|\*/);
  const script = ask('/lab/assets/main-1a2b.js');
  assert.equal(script.headers['Content-Type'], 'text/javascript; charset=utf-8');
  assert.equal(script.headers['Cache-Control'], 'public, max-age=31536000, immutable');
  assert.equal(ask('/lab/mark.svg').headers['Content-Type'], 'image/svg+xml');
  assert.equal(ask('/lab/assets/odd.bin').headers['Content-Type'], 'application/octet-stream');
  assert.equal(ask('/lab/index.html', 'HEAD').status, 200);
});

test('nothing else is there, and nothing can be sent', () => {
  for (const path of [
    '/lab/../package.json',
    '/lab/%2e%2e/x',
    '/lab/assets/',
    '/lab//index.html',
    '/lab/constructor',
  ]) {
    assert.equal(ask(path).status, 404, path);
  }
  const sent = ask('/lab/', 'POST');
  assert.deepEqual([sent.status, sent.headers['Allow']], [405, 'GET, HEAD']);
});

test('a page that was not built says how to build it', () => {
  const { status, body } = answerOf(undefined, '/lab/', 'GET');
  assert.equal(status, 404);
  assert.match(String(body), /npm run build/);
});
