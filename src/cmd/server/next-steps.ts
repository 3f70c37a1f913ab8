/** What a newcomer types next, after `npm start`. */
import type { ServerConfig } from '../config/server-config.js';

export function printNextSteps(config: ServerConfig, dataDir: string): void {
  const url = config.listenClientUrls[0]!;
  const address = `${url.host === 'localhost' ? '127.0.0.1' : url.host}:${url.port}`;
  const endpoint = url.scheme === 'https' ? `https://${address}` : address;
  // What was made here nobody vouches for; whoever gave a certificate knows who does.
  const isOwn = config.autoTls.clients && config.clientTls.certFile === '';
  const trust = url.scheme !== 'https' ? '' : isOwn ? ' --insecure-skip-tls-verify' : ' --cacert=FILE';
  const curlTrust = trust === '' ? '' : isOwn ? '-k ' : '--cacert FILE ';
  const lines = [
    '',
    `Quoin serves the etcd v3 API on ${endpoint}; its data is in ${dataDir}. In another terminal:`,
    '',
    `  etcdctl --endpoints=${endpoint}${trust} put greeting "hello"`,
    `  etcdctl --endpoints=${endpoint}${trust} get greeting`,
    `  etcdctl --endpoints=${endpoint}${trust} watch --prefix ""`,
    `  curl ${curlTrust}${url.scheme}://${address}/version`,
    '',
    'Ctrl-C stops it; what was acknowledged stays.',
    '',
  ];
  console.log(lines.join('\n'));
}
