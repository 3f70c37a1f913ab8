import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../stdx/index.js';
import { base64Decode, base64Encode } from './metadata.js';
import { percentDecode, percentEncode } from './percent.js';
import { isGrpcContentType } from './request-head.js';
import { formatTimeout, parseTimeout } from './timeout.js';

test('grpc-message: everything comes back, and only printable ASCII is sent', () => {
  for (const text of ['', 'plain', '100%', 'nö such', 'line\nbreak', '日本語', '😀 %41']) {
    const coded = percentEncode(text);
    assert.match(coded, /^[ -~]*$/);
    assert.equal(percentDecode(coded), text);
  }
  assert.equal(percentEncode('ö%'), '%C3%B6%25');
  assert.equal(percentDecode('50% off %4'), '50% off %4');
  assert.equal(percentDecode('%zz%41'), '%zzA');
});

test('grpc-timeout: units and refusals', () => {
  assert.equal(parseTimeout('5S'), 5000);
  assert.equal(parseTimeout('2H'), 7_200_000);
  assert.equal(parseTimeout('3M'), 180_000);
  assert.equal(parseTimeout('70m'), 70);
  assert.equal(parseTimeout('1500u'), 1.5);
  assert.equal(parseTimeout('1000000n'), 1);
  assert.equal(parseTimeout('99999999H'), Number.POSITIVE_INFINITY);
  for (const bad of ['', '5', 'S', '5s', '123456789m', 'x5S', '-1S', '1.5S']) {
    assert.equal(typeof parseTimeout(bad), 'string', bad);
  }
});

test('grpc-timeout: what is written is not shorter than asked, and within a thousandth', () => {
  const prng = new Prng(3);
  for (let i = 0; i < 1000; i++) {
    const ms = prng.float() * 10 ** prng.between(-2, 9);
    const text = formatTimeout(ms);
    assert.ok(text.length <= 9, text);
    const back = parseTimeout(text);
    assert.ok(
      typeof back === 'number' && back >= ms * 0.999999 && back <= ms * 1.001 + 0.001,
      `${ms} ${text}`,
    );
  }
});

test('binary metadata: base64 with and without padding', () => {
  const prng = new Prng(5);
  for (let i = 0; i < 500; i++) {
    const bytes = String.fromCharCode(...prng.bytes(prng.below(20)));
    const coded = base64Encode(bytes);
    assert.equal(base64Decode(coded), bytes);
    assert.equal(base64Decode(coded + '='.repeat((4 - (coded.length % 4)) % 4)), bytes);
  }
  assert.equal(base64Decode('a'), undefined);
  assert.equal(base64Decode('a*bc'), undefined);
});

test('content types', () => {
  for (const good of [
    'application/grpc',
    'application/grpc+proto',
    'application/grpc;x=y',
    'Application/GRPC',
  ]) {
    assert.equal(isGrpcContentType(good), true, good);
  }
  for (const bad of ['', 'application/json', 'application/grpcx', 'text/html', 'application/grp']) {
    assert.equal(isGrpcContentType(bad), false, bad);
  }
});
