/** What a newcomer types next, after `npm start`. */
import type { ServerConfig } from '../config/server-config.js';

export function printNextSteps(config: ServerConfig, dataDir: string): void {
  const url = config.listenClientUrls[0]!;
  const endpoint = `${url.host === 'localhost' ? '127.0.0.1' : url.host}:${url.port}`;
  const lines = [
    '',
    `Quoin serves the etcd v3 API on ${endpoint}; its data is in ${dataDir}. In another terminal:`,
    '',
    `  etcdctl --endpoints=${endpoint} put greeting "hello"`,
    `  etcdctl --endpoints=${endpoint} get greeting`,
    `  etcdctl --endpoints=${endpoint} watch --prefix ""`,
    `  curl http://${endpoint}/version`,
    '',
    'Ctrl-C stops it; what was acknowledged stays.',
    '',
  ];
  console.log(lines.join('\n'));
}
