import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { selfSignedPair } from './self-signed.js';

const YEAR_MS = 365 * 24 * 3_600_000;

test("a pair is made in etcd's form, and found again", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quoin-self-signed-'));
  const lines: string[] = [];
  const log = { log: (_level: string, message: string) => void lines.push(message) };
  const options = {
    folder: join(folder, 'fixtures'),
    hosts: ['127.0.0.1', 'localhost', '127.0.0.1'],
    validityYears: 2,
    log,
  };
  try {
    const pair = await selfSignedPair(options);
    const certificate = new X509Certificate(readFileSync(pair.certFile));
    const key = readFileSync(pair.keyFile, 'utf8');
    assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
    assert.match(key, /^-----BEGIN EC PRIVATE KEY-----/);
    assert.equal(statSync(pair.keyFile).mode & 0o777, 0o600);
    assert.equal(certificate.subject, 'O=etcd');
    assert.equal(certificate.subjectAltName, 'IP Address:127.0.0.1, DNS:localhost');
    assert.equal(certificate.ca, true);
    assert.equal(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom), 2 * YEAR_MS);
    assert.equal(
      (certificate.publicKey.asymmetricKeyDetails as { namedCurve: string }).namedCurve,
      'secp521r1',
    );
    const said = ['automatically generate certificates', 'created key file', 'created cert file'];
    assert.deepEqual(lines, said);
    assert.deepEqual(await selfSignedPair(options), pair);
    assert.equal(readFileSync(pair.keyFile, 'utf8'), key);
    assert.equal(lines.length, said.length, 'nothing is made twice');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
