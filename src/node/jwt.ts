/** JSON web tokens as etcd makes them (`--auth-token jwt,...`): claims `username`, `revision` and `exp`. */
import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { jwtVerify, SignJWT } from 'jose';
import type { SignedLogin, TokenSigner } from '../platform/index.js';

export const JWT_METHODS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type JwtMethod = (typeof JWT_METHODS)[number];

export interface JwtOptions {
  readonly method: JwtMethod;
  /** PEM files, or any bytes for HS*. One of the two suffices: a private key has its public one, a public one can verify. */
  readonly privateKeyFile: string | undefined;
  readonly publicKeyFile: string | undefined;
  readonly ttlMs: number;
}

interface Keys {
  readonly sign: KeyObject | undefined;
  readonly verify: KeyObject;
}

/** @throws Error for the operator if the keys cannot be read or used. */
function loadKeys({ method, privateKeyFile, publicKeyFile }: JwtOptions): Keys {
  if (method.startsWith('HS')) {
    if (privateKeyFile === undefined) throw new Error(`jwt: ${method} needs priv-key`);
    const secret = createSecretKey(readFileSync(privateKeyFile));
    return { sign: secret, verify: secret };
  }
  const sign = privateKeyFile === undefined ? undefined : createPrivateKey(readFileSync(privateKeyFile));
  if (publicKeyFile !== undefined) return { sign, verify: createPublicKey(readFileSync(publicKeyFile)) };
  if (sign === undefined) throw new Error(`jwt: ${method} needs priv-key or pub-key`);
  return { sign, verify: createPublicKey(sign) };
}

export function openJwtSigner(options: JwtOptions): TokenSigner {
  const { sign, verify } = loadKeys(options);
  const { method, ttlMs } = options;
  return {
    canSign: sign !== undefined,
    async sign(user, authRevision) {
      if (sign === undefined) throw new Error('a key to sign with');
      const expiresAt = Math.floor((Date.now() + ttlMs) / 1000);
      const claims = { username: user, revision: authRevision };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: method, typ: 'JWT' })
        .setExpirationTime(expiresAt)
        .sign(sign);
    },
    async verify(token): Promise<SignedLogin | undefined> {
      try {
        const { payload } = await jwtVerify(token, verify, { algorithms: [method] });
        const { username: user, revision: authRevision, exp } = payload;
        if (typeof user !== 'string' || typeof authRevision !== 'number') return undefined;
        return { user, authRevision, expiresAt: (exp ?? 0) * 1000 };
      } catch {
        // Malformed, expired, signed by somebody else: all the same to the caller.
        return undefined;
      }
    },
  };
}
