/** How tests reach a member by TLS. */
import { readFileSync } from 'node:fs';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';

/** Paths of PEM files. */
export interface TlsAccess {
  /** Whom to trust; whoever answers is trusted without it. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What `node:tls` and `node:https` take. */
export function tlsOptions({ ca, cert, key }: TlsAccess): {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  rejectUnauthorized: boolean;
} {
  return {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(cert === undefined || key === undefined ? {} : { cert: readFileSync(cert), key: readFileSync(key) }),
    rejectUnauthorized: ca !== undefined,
  };
}

/** Plain text without `access`. */
export function channelCredentials(access: TlsAccess | undefined): ChannelCredentials {
  if (access === undefined) return credentials.createInsecure();
  const { ca, cert, key, rejectUnauthorized } = tlsOptions(access);
  return credentials.createSsl(ca ?? null, key ?? null, cert ?? null, { rejectUnauthorized });
}

/** The flags of etcdctl. */
export function etcdctlFlags({ ca, cert, key }: TlsAccess): string[] {
  return [
    ...(ca === undefined ? ['--insecure-skip-tls-verify'] : [`--cacert=${ca}`]),
    ...(cert === undefined || key === undefined ? [] : [`--cert=${cert}`, `--key=${key}`]),
  ];
}
