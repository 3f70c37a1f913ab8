/** The certificates of a member: those it was given, or those it makes for itself. */
import { join } from 'node:path';
import { ReloadingFiles } from '../../node/tls/reloading-files.js';
import { selfSignedPair } from '../../node/tls/self-signed.js';
import { hasCertificate, type TlsSettings } from '../../node/tls/settings.js';
import type { LogSink } from '../../platform/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { isSecure, type MemberUrl, serverNameOf } from '../config/urls.js';

export interface MemberTls {
  /** Undefined if nobody but peers is served by TLS. */
  readonly clients: ReloadingFiles | undefined;
  readonly peers: ReloadingFiles;
}

interface Side {
  readonly name: 'client' | 'peer';
  readonly settings: TlsSettings;
  readonly isAuto: boolean;
  readonly urls: readonly MemberUrl[];
}

async function settingsOf(
  side: Side,
  config: ServerConfig,
  dataDir: string,
  log: LogSink,
): Promise<TlsSettings> {
  if (!side.isAuto) return side.settings;
  if (hasCertificate(side.settings)) {
    log.log('warn', `ignoring ${side.name} auto TLS since certs given`);
    return side.settings;
  }
  const pair = await selfSignedPair({
    folder: join(dataDir, 'fixtures', side.name),
    hosts: side.urls.map(serverNameOf),
    validityYears: config.autoTls.validityYears,
    log,
  });
  return { ...side.settings, ...pair, isSelfSigned: true };
}

/** A certificate does not help where nobody is served by TLS, and who set one may not know. */
function noteIgnored(side: Side, log: LogSink): void {
  const scheme = side.name === 'client' ? 'http or unix' : 'HTTP';
  const flag = side.name === 'client' ? '--client-cert-auth' : '--peer-client-cert-auth';
  for (const url of side.urls) {
    if (isSecure(url)) continue;
    const field = { [`${side.name}-url`]: url.text };
    if (hasCertificate(side.settings)) {
      const text = `scheme is ${scheme} while key and cert files are present; ignoring key and cert files`;
      log.log('warn', text, field);
    }
    if (side.settings.clientCertAuth) {
      log.log(
        'warn',
        `scheme is ${scheme} while ${flag} is enabled; ignoring client cert auth for this URL`,
        field,
      );
    }
  }
}

async function openPeers(config: ServerConfig, dataDir: string, log: LogSink): Promise<ReloadingFiles> {
  const side: Side = {
    name: 'peer',
    settings: config.peerTls,
    isAuto: config.autoTls.peers,
    urls: config.listenPeerUrls,
  };
  const settings = await settingsOf(side, config, dataDir, log);
  if (hasCertificate(settings)) {
    log.log('info', 'starting with peer TLS', {
      'tls-info': `cert = ${settings.certFile}, key = ${settings.keyFile}, client-cert=${settings.clientCertFile}, client-key=${settings.clientKeyFile}, trusted-ca = ${settings.trustedCaFile}, client-cert-auth = ${settings.clientCertAuth}, crl-file = ${settings.crlFile}`,
    });
  }
  noteIgnored(side, log);
  return new ReloadingFiles(settings, log);
}

/** Rejects if a file that is needed cannot be used. */
export async function openTls(config: ServerConfig, dataDir: string, log: LogSink): Promise<MemberTls> {
  const peers = await openPeers(config, dataDir, log);
  const side: Side = {
    name: 'client',
    settings: config.clientTls,
    isAuto: config.autoTls.clients,
    urls: [...config.listenClientUrls, ...config.listenClientHttpUrls],
  };
  const settings = await settingsOf(side, config, dataDir, log);
  noteIgnored(side, log);
  const isNeeded = [...side.urls, ...config.listenMetricsUrls].some(isSecure);
  const clients = isNeeded ? new ReloadingFiles(settings, log) : undefined;
  return { clients, peers };
}
