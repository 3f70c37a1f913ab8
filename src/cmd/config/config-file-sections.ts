/** The maps in etcd's configuration file, and the flags that their keys stand for. */

export interface FileSection {
  /** Where it is in etcd's structure, and its type there, for messages about wrong types. */
  readonly field: string;
  readonly goType: string;
  /** The flag of each key, or a map below it. */
  readonly keys: ReadonlyMap<string, string | FileSection>;
}

/** Keys of `client-transport-security` and `peer-transport-security`, with the flag of either. */
const SECURITY: readonly (readonly [key: string, client: string | undefined, peer: string | undefined])[] = [
  ['cert-file', 'cert-file', 'peer-cert-file'],
  ['key-file', 'key-file', 'peer-key-file'],
  ['client-cert-file', 'client-cert-file', 'peer-client-cert-file'],
  ['client-key-file', 'client-key-file', 'peer-client-key-file'],
  ['client-cert-auth', 'client-cert-auth', 'peer-client-cert-auth'],
  ['trusted-ca-file', 'trusted-ca-file', 'peer-trusted-ca-file'],
  ['auto-tls', 'auto-tls', 'peer-auto-tls'],
  ['crl-file', 'client-crl-file', 'peer-crl-file'],
  ['allowed-cn', 'client-cert-allowed-cn', 'peer-cert-allowed-cn'],
  ['allowed-hostname', 'client-cert-allowed-hostname', 'peer-cert-allowed-hostname'],
  ['skip-client-san-verification', undefined, 'peer-skip-client-san-verification'],
];

function security(which: 'client' | 'peer'): FileSection {
  const keys = SECURITY.map(([key, client, peer]): [string, string | undefined] => [
    key,
    which === 'client' ? client : peer,
  ]);
  return {
    field: `configJSON.${which}-transport-security`,
    goType: 'embed.securityConfig',
    keys: new Map(keys.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

const SOCKET_OPTIONS: FileSection = {
  field: 'Config.socket-options',
  goType: 'transport.SocketOpts',
  // Releases of etcd differ in how they spell them, and none looks at the case.
  keys: new Map([
    ['reuse-port', 'socket-reuse-port'],
    ['reuseport', 'socket-reuse-port'],
    ['reuse-address', 'socket-reuse-address'],
    ['reuseaddress', 'socket-reuse-address'],
  ]),
};

function discovery(): FileSection {
  const secure: FileSection = {
    field: 'Config.discovery-config.client.secure',
    goType: 'clientv3.SecureConfig',
    keys: new Map([
      ['cert', 'discovery-cert'],
      ['key', 'discovery-key'],
      ['cacert', 'discovery-cacert'],
      ['insecure-transport', 'discovery-insecure-transport'],
      ['insecure-skip-tls-verify', 'discovery-insecure-skip-tls-verify'],
    ]),
  };
  const auth: FileSection = {
    field: 'Config.discovery-config.client.auth',
    goType: 'clientv3.AuthConfig',
    keys: new Map([
      ['username', 'discovery-user'],
      ['password', 'discovery-password'],
    ]),
  };
  const client: FileSection = {
    field: 'Config.discovery-config.client',
    goType: 'clientv3.ConfigSpec',
    keys: new Map<string, string | FileSection>([
      ['endpoints', 'discovery-endpoints'],
      ['dial-timeout', 'discovery-dial-timeout'],
      ['request-timeout', 'discovery-request-timeout'],
      ['keepalive-time', 'discovery-keepalive-time'],
      ['keepalive-timeout', 'discovery-keepalive-timeout'],
      ['secure', secure],
      ['auth', auth],
    ]),
  };
  return {
    field: 'Config.discovery-config',
    goType: 'v3discovery.DiscoveryConfig',
    keys: new Map<string, string | FileSection>([
      ['token', 'discovery-token'],
      ['client', client],
    ]),
  };
}

export const SECTIONS: ReadonlyMap<string, FileSection> = new Map([
  ['client-transport-security', security('client')],
  ['peer-transport-security', security('peer')],
  ['socket-options', SOCKET_OPTIONS],
  ['discovery-config', discovery()],
]);
