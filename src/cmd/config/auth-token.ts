/** `--auth-token`: `simple`, or `jwt` with its keys, as etcd writes it. */
import { JWT_METHODS, type JwtMethod, type JwtOptions } from '../../node/jwt.js';
import { parseDuration } from '../flags/go-flags.js';

export class AuthTokenError extends Error {
  override readonly name = 'AuthTokenError';
}

const TTL_MS_DEFAULT = 5 * 60 * 1000;
const INVALID = 'auth: invalid auth options';

/** Undefined for simple tokens. */
export function parseAuthToken(text: string): JwtOptions | undefined {
  const [kind, ...options] = text.split(',');
  if (kind === '' || kind === 'simple') return undefined;
  if (kind !== 'jwt') throw new AuthTokenError(INVALID);
  const values = new Map<string, string>();
  for (const option of options) {
    const [name, value, ...rest] = option.split('=');
    if (value === undefined || rest.length > 0 || values.has(name!)) throw new AuthTokenError(INVALID);
    values.set(name!, value);
  }
  const method = values.get('sign-method');
  if (!JWT_METHODS.includes(method as JwtMethod)) {
    throw new AuthTokenError(`${INVALID}: unknown sign-method ${JSON.stringify(method ?? '')}`);
  }
  const ttl = values.get('ttl');
  const ttlMs = ttl === undefined ? TTL_MS_DEFAULT : parseDuration(ttl);
  if (ttlMs === undefined || ttlMs <= 0) throw new AuthTokenError(`${INVALID}: invalid ttl`);
  return {
    method: method as JwtMethod,
    privateKeyFile: values.get('priv-key'),
    publicKeyFile: values.get('pub-key'),
    ttlMs,
  };
}
