export { type ClusterOptions, ClusterProcess, type MemberStatus } from './cluster.js';
export { type CommandOptions, type CommandResult, runCommand } from './command.js';
export { type EtcdctlClient, installedEtcdctls } from './etcdctl-clients.js';
export { freePort } from './free-port.js';
export { type HttpAnswer, httpGet } from './http-get.js';
export { call, get, outcome, put, remove, revisionNow, revisionOf } from './kv.js';
export {
  describeExit,
  type ExitStatus,
  type MemberOptions,
  MemberProcess,
  type MemberTls,
} from './member-process.js';
export { type MetricFamily, metricSum, parseMetrics } from './metrics-text.js';
export { type CertificateFiles, type CertificateOptions, TestAuthority } from './pki.js';
export {
  findEtcdProgram,
  findInPath,
  findServer,
  type Program,
  programUnderTest,
  versionOf,
} from './programs.js';
export {
  decode,
  encode,
  lengthDelimited,
  type Message,
  type Scalar,
  type Value,
  varint,
} from './proto-codec.js';
export { RawClient, type RawClientOptions, type RawStream, type UnaryAnswer } from './raw-client.js';
export { render, renderBytes } from './render.js';
export { REPOSITORY_ROOT } from './repository.js';
export { skipUnless, skipWithoutServer } from './requirement.js';
export { removeDir, tempDir } from './temp-dir.js';
export { channelCredentials, etcdctlFlags, type TlsAccess, tlsOptions } from './tls.js';
export { sleep, waitUntil } from './wait.js';
