/** The way to and from the other members. */
import type { PeerCounters, SnapshotCounters } from '../../transport/index.js';
import type { Exposition, Labels } from './exposition.js';

/** The network, as far as it is shown; a member without others has none. */
export interface MeasuredNetwork {
  readonly counters: { all(): Iterable<readonly [bigint, PeerCounters]> };
  connectedSince(peer: bigint): number | undefined;
}

const idText = (id: bigint): string => id.toString(16);

export function writeNetworkMetrics(
  out: Exposition,
  network: MeasuredNetwork,
  local: bigint,
  peers: readonly bigint[],
): void {
  const toEach = (peer: bigint): Labels => ({ Local: idText(local), Remote: idText(peer) });
  out.series(
    'etcd_network_known_peers',
    'gauge',
    'Other members of the cluster.',
    peers.map((peer) => [toEach(peer), 1]),
  );
  out.series(
    'etcd_network_active_peers',
    'gauge',
    '1 for each other member that is connected, else 0.',
    peers.map((peer) => [toEach(peer), network.connectedSince(peer) === undefined ? 0 : 1]),
  );
  const all = [...network.counters.all()];
  out.series(
    'etcd_network_disconnected_peers_total',
    'counter',
    'Connections to other members that were lost.',
    all
      .filter(([, { disconnections }]) => disconnections > 0)
      .map(([peer, { disconnections }]) => [toEach(peer), disconnections]),
  );
  writeTraffic(out, all);
  out.histograms(
    'etcd_network_peer_round_trip_time_seconds',
    'Time of a ping to another member and back, in seconds.',
    all
      .filter(([, { roundTripSeconds }]) => roundTripSeconds.count > 0)
      .map(([peer, { roundTripSeconds }]) => [{ To: idText(peer) }, roundTripSeconds]),
  );
  out.gauge(
    'etcd_server_snapshot_apply_in_progress_total',
    '1 while the state of another member is coming in to replace that of this one, else 0.',
    all.some(([, { receivedSnapshots }]) => receivedSnapshots.underWay > 0) ? 1 : 0,
  );
  writeSnapshots(out, 'send', 'To', seen(all, 'sentSnapshots'));
  writeSnapshots(out, 'receive', 'From', seen(all, 'receivedSnapshots'));
}

type PeerEntries = readonly (readonly [bigint, PeerCounters])[];
type SnapshotEntries = readonly (readonly [bigint, SnapshotCounters])[];

/** Like all metrics with labels, those of a peer appear once there is something to tell. */
function writeTraffic(out: Exposition, all: PeerEntries): void {
  const each = (
    name: string,
    help: string,
    label: string,
    value: (counters: PeerCounters) => number,
  ): void => {
    const told = all.filter(([, counters]) => value(counters) > 0);
    out.series(
      name,
      'counter',
      help,
      told.map(([peer, counters]) => [{ [label]: idText(peer) }, value(counters)]),
    );
  };
  each('etcd_network_peer_sent_bytes_total', 'Bytes sent.', 'To', (peer) => peer.sentBytes);
  each('etcd_network_peer_received_bytes_total', 'Bytes received.', 'From', (peer) => peer.receivedBytes);
  each(
    'etcd_network_peer_sent_failures_total',
    'Messages that could not be sent.',
    'To',
    (peer) => peer.failedSends,
  );
  each(
    'etcd_network_peer_received_failures_total',
    'Streams that were ended for what came on them.',
    'From',
    (peer) => peer.failedReceives,
  );
}

function seen(all: PeerEntries, which: 'sentSnapshots' | 'receivedSnapshots'): SnapshotEntries {
  return all
    .map(([peer, counters]) => [peer, counters[which]] as const)
    .filter(([, { underWay, succeeded, failed }]) => underWay + succeeded + failed > 0);
}

function writeSnapshots(
  out: Exposition,
  direction: 'send' | 'receive',
  label: string,
  entries: SnapshotEntries,
): void {
  const prefix = `etcd_network_snapshot_${direction}`;
  const each = (value: (counters: SnapshotCounters) => number): [Labels, number][] =>
    entries.map(([peer, counters]) => [{ [label]: idText(peer) }, value(counters)]);
  out.series(
    `${prefix}_inflights_total`,
    'gauge',
    'States under way.',
    each(({ underWay }) => underWay),
  );
  out.series(
    `${prefix}_success`,
    'counter',
    'States that arrived whole.',
    each(({ succeeded }) => succeeded),
  );
  out.series(
    `${prefix}_failures`,
    'counter',
    'States that did not arrive.',
    each(({ failed }) => failed),
  );
  out.histograms(
    `${prefix}_total_duration_seconds`,
    'Time that a state was under way, in seconds.',
    entries.map(([peer, { seconds }]) => [{ [label]: idText(peer) }, seconds]),
  );
}
