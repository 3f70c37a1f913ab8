import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type JwtMethod, openJwtSigner } from './jwt.js';
import { bcryptHasher } from './password-hash.js';

const folder = mkdtempSync(join(tmpdir(), 'quoin-jwt-'));
after(() => rmSync(folder, { recursive: true }));

function keyFiles(method: JwtMethod): { privateKeyFile: string; publicKeyFile: string | undefined } {
  const privateKeyFile = join(folder, `${method}.key`);
  if (method.startsWith('HS')) {
    writeFileSync(privateKeyFile, 'a secret of some length, shared by all members');
    return { privateKeyFile, publicKeyFile: undefined };
  }
  const pem = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  } as const;
  const curves: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
  const generate = (): object => {
    if (method === 'EdDSA') return generateKeyPairSync('ed25519', pem);
    if (method.startsWith('ES')) return generateKeyPairSync('ec', { namedCurve: curves[method]!, ...pem });
    return generateKeyPairSync('rsa', { modulusLength: 2048, ...pem });
  };
  const pair = generate() as { readonly privateKey: string; readonly publicKey: string };
  const publicKeyFile = join(folder, `${method}.pub`);
  writeFileSync(privateKeyFile, pair.privateKey);
  writeFileSync(publicKeyFile, pair.publicKey);
  return { privateKeyFile, publicKeyFile };
}

for (const method of ['HS256', 'HS512', 'RS256', 'PS384', 'ES256', 'ES512', 'EdDSA'] as const) {
  test(`${method}: what is signed is verified, and nothing else`, async () => {
    const files = keyFiles(method);
    const signer = openJwtSigner({ method, ...files, ttlMs: 300_000 });
    const token = await signer.sign('root', 7);
    const login = await signer.verify(token);
    assert.deepEqual([login!.user, login!.authRevision], ['root', 7]);
    assert.ok(login!.expiresAt > Date.now() + 290_000 && login!.expiresAt <= Date.now() + 300_000);
    const at = token.length - 10;
    assert.equal(
      await signer.verify(`${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`),
      undefined,
    );
    assert.equal(await signer.verify('x.1'), undefined);
    const late = openJwtSigner({ method, ...files, ttlMs: -5000 });
    assert.equal(await signer.verify(await late.sign('root', 7)), undefined, 'it has expired');
    if (files.publicKeyFile === undefined) return;
    const verifier = openJwtSigner({
      method,
      privateKeyFile: undefined,
      publicKeyFile: files.publicKeyFile,
      ttlMs: 1,
    });
    assert.equal(verifier.canSign, false);
    assert.equal((await verifier.verify(token))!.user, 'root');
  });
}

test('keys that are missing or broken are told to the operator', () => {
  const none = { privateKeyFile: undefined, publicKeyFile: undefined, ttlMs: 1 };
  assert.throws(() => openJwtSigner({ method: 'HS256', ...none }), /HS256 needs priv-key/);
  assert.throws(() => openJwtSigner({ method: 'RS256', ...none }), /needs priv-key or pub-key/);
  assert.throws(
    () => openJwtSigner({ method: 'RS256', ...none, privateKeyFile: join(folder, 'none') }),
    /ENOENT/,
  );
});

test('a password matches its hash, and what is no hash matches nothing', async () => {
  const hasher = bcryptHasher(4);
  const stored = await hasher.hash('pässword');
  assert.match(new TextDecoder().decode(stored), /^\$2b\$04\$/);
  assert.equal(await hasher.matches('pässword', stored), true);
  assert.equal(await hasher.matches('passwort', stored), false);
  assert.equal(await hasher.matches('', new Uint8Array(0)), false);
  assert.equal(await hasher.matches('x', new TextEncoder().encode('$2b$')), false);
});
