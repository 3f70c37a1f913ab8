/** Which links a partition cuts, each from one address to another. */
import type { Prng } from '../../stdx/index.js';

export type Cut = readonly [from: number, to: number];

function between(ones: readonly number[], others: readonly number[], isTwoWay: boolean): Cut[] {
  const cuts: Cut[] = [];
  for (const one of ones) {
    for (const other of others) {
      cuts.push([one, other]);
      if (isTwoWay) cuts.push([other, one]);
    }
  }
  return cuts;
}

/** Two sides that do not hear each other, or only one the other. */
function split(prng: Prng, addresses: number[]): Cut[] {
  prng.shuffle(addresses);
  const cut = prng.between(1, addresses.length - 1);
  return between(addresses.slice(0, cut), addresses.slice(cut), prng.chance(0.6));
}

/** One alone: it hears nobody, or nobody hears it, or both. */
function isolate(prng: Prng, addresses: readonly number[], alone: number): Cut[] {
  const others = addresses.filter((each) => each !== alone);
  const direction = prng.below(4);
  if (direction === 0) return between([alone], others, false);
  if (direction === 1) return between(others, [alone], false);
  return between([alone], others, true);
}

/** Two sides and one machine that both sides hear. */
function bridge(prng: Prng, addresses: number[]): Cut[] {
  prng.shuffle(addresses);
  const rest = addresses.slice(1);
  const middle = Math.max(1, rest.length >> 1);
  return between(rest.slice(0, middle), rest.slice(middle), true);
}

/** Each hears only its neighbours. */
function chain(prng: Prng, addresses: number[]): Cut[] {
  prng.shuffle(addresses);
  return addresses.flatMap((one, i) => between([one], addresses.slice(i + 2), true));
}

/** Draws the shape of a partition. `leader` is an address, or undefined if nobody leads. */
export function drawPartition(prng: Prng, addresses: readonly number[], leader: number | undefined): Cut[] {
  const shape = prng.below(6);
  if (shape <= 1) return isolate(prng, addresses, leader ?? prng.pick(addresses));
  if (shape === 2) return isolate(prng, addresses, prng.pick(addresses));
  if (shape === 3) return bridge(prng, [...addresses]);
  if (shape === 4) return chain(prng, [...addresses]);
  return split(prng, [...addresses]);
}
