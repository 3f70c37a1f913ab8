import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from './certificate-fixture.conformance.js';
import { alternativeNames, commonNameOf, hostMismatchText, isForHost } from './certificate-names.js';
import { foreignAddress, isAllowed, revocationOf } from './client-checks.js';
import { RevocationList } from './revocation-list.js';
import { settingsToConnect, type TlsSettings } from './settings.js';
import { loadX509Library } from './x509-library.js';

const SETTINGS = settingsToConnect({ caFile: '', certFile: '', keyFile: '', skipVerify: false });

function allowing(names: readonly string[], hosts: readonly string[]): TlsSettings {
  return { ...SETTINGS, allowedNames: names, allowedHostnames: hosts };
}

test('names are those of the alternative names; the common name is no host', async () => {
  const { certificate } = await makeCertificate('CN=common.example', [
    'a.example',
    '*.b.example',
    '10.0.0.1',
    '::1',
  ]);
  const { hosts, ips } = alternativeNames(certificate);
  assert.deepEqual(hosts, ['a.example', '*.b.example']);
  assert.equal(ips[0], '10.0.0.1');
  assert.equal(ips.length, 2);
  const matching = ['a.example', 'A.example', 'x.b.example', '10.0.0.1', '::1'];
  const others = ['b.example', 'x.y.b.example', 'common.example', '10.0.0.2', 'a.example.org'];
  assert.deepEqual(
    [...matching, ...others].filter((host) => isForHost(certificate, host)),
    matching,
  );
  assert.equal(
    hostMismatchText(certificate, 'c.example'),
    'x509: certificate is valid for a.example, *.b.example, not c.example',
  );
  const bare = await makeCertificate('CN=common.example', []);
  assert.equal(isForHost(bare.certificate, 'common.example'), false);
  assert.match(hostMismatchText(bare.certificate, '10.0.0.1'), /doesn't contain any IP SANs$/);
});

test('a name that looks like several is one', async () => {
  const { certificate } = await makeCertificate('CN=x', ['a.example, DNS:evil.example']);
  assert.deepEqual(alternativeNames(certificate), { ips: [], hosts: ['a.example, DNS:evil.example'] });
});

test('the common name is told whole: the last of several, or none', async () => {
  const nameOf = async (subject: string): Promise<string> =>
    commonNameOf((await makeCertificate(subject, [])).certificate);
  assert.equal(await nameOf('CN=alice, O=x'), 'alice');
  assert.equal(await nameOf('O=x'), '');
  assert.equal(await nameOf('CN=first, CN=second'), 'second');
  assert.equal(await nameOf('O="x\\nCN=root"'), '');
  assert.equal(await nameOf('CN=grün'), 'grün');
});

test('allowed are the names that are asked for, or all', async () => {
  const { certificate } = await makeCertificate('CN=alice', ['a.example']);
  assert.equal(isAllowed(certificate, SETTINGS), true);
  assert.equal(isAllowed(certificate, allowing(['bob', 'alice'], [])), true);
  assert.equal(isAllowed(certificate, allowing(['bob'], [])), false);
  assert.equal(isAllowed(certificate, allowing([], ['b.example', 'a.example'])), true);
  assert.equal(isAllowed(certificate, allowing([], ['alice'])), false);
});

test('an address is foreign unless the certificate names it, or a host that it belongs to', async () => {
  const problem = async (hosts: readonly string[], address: string): Promise<string | undefined> =>
    foreignAddress((await makeCertificate('CN=x', hosts)).certificate, address);
  assert.equal(await problem([], '127.0.0.1'), undefined, 'who says nothing may come from anywhere');
  assert.equal(await problem(['127.0.0.1'], '127.0.0.1'), undefined);
  assert.equal(await problem(['192.0.2.1', 'localhost'], '127.0.0.1'), undefined);
  assert.equal(
    await problem(['192.0.2.1'], '127.0.0.1'),
    'x509: certificate is valid for 192.0.2.1, not 127.0.0.1',
  );
  assert.equal(
    await problem(['nowhere.invalid'], '127.0.0.1'),
    'tls: "127.0.0.1" does not match any of DNSNames ["nowhere.invalid"]',
  );
});

test('revoked is what a list names by its number, in PEM or DER, with or without a date of the next', async () => {
  const x509 = await loadX509Library();
  const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const revocationDate = new Date();
  const base = { issuer: 'CN=anybody', signingKey: keys.privateKey, signingAlgorithm: signing };
  const entries = ['0a1b2c', '7fffffffffffffffffffffffffffffffffffffff', '00ff'].map((serialNumber) => ({
    serialNumber,
    revocationDate,
  }));
  const [good, bad, high] = await Promise.all(
    ['0a1b2d', '0a1b2c', '00ff'].map(
      async (serial) => (await makeCertificate('CN=x', [], serial)).certificate,
    ),
  );
  for (const dates of [{}, { nextUpdate: new Date(Date.now() + 1000) }]) {
    const list = await x509.X509CrlGenerator.create({ ...base, ...dates, entries });
    for (const content of [Buffer.from(list.toString('pem')), Buffer.from(list.rawData)]) {
      const revoked = new RevocationList(content);
      assert.equal(revocationOf(good!, revoked), undefined);
      assert.equal(revocationOf(bad!, revoked), 'transport: certificate serial 0a1b2c revoked');
      assert.equal(revocationOf(high!, revoked), 'transport: certificate serial ff revoked');
      assert.equal(revoked.has('7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'), true);
    }
  }
  const empty = await x509.X509CrlGenerator.create(base);
  assert.equal(new RevocationList(Buffer.from(empty.rawData)).has('01'), false);
});

test('what is no revocation list is refused, wherever it is cut', async () => {
  const x509 = await loadX509Library();
  const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const entries = [{ serialNumber: '0a1b2c', revocationDate: new Date() }];
  const base = { issuer: 'CN=anybody', signingKey: keys.privateKey, signingAlgorithm: signing };
  const whole = Buffer.from((await x509.X509CrlGenerator.create({ ...base, entries })).rawData);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => new RevocationList(whole.subarray(0, length)), `cut at ${length}`);
  }
  const { certificate, cert } = await makeCertificate('CN=x', []);
  assert.throws(() => new RevocationList(Buffer.from(certificate.raw)));
  assert.throws(() => new RevocationList(Buffer.from(cert)));
  assert.throws(() => new RevocationList(Buffer.from('nonsense')));
});
