/**
 * The open streams of a connection by id. The one opened last is kept apart and enters the map only when the next one
 * is opened: most calls are answered before that, and so cost no map operation.
 */
import type { Http2Stream } from './stream.js';

export class StreamTable<S extends Http2Stream> {
  readonly #map = new Map<number, S>();
  #newest: S | undefined;

  get count(): number {
    return this.#newest === undefined ? this.#map.size : this.#map.size + 1;
  }

  add(stream: S): void {
    if (this.#newest !== undefined) this.#map.set(this.#newest.id, this.#newest);
    this.#newest = stream;
  }

  find(id: number): S | undefined {
    const newest = this.#newest;
    return newest !== undefined && newest.id === id ? newest : this.#map.get(id);
  }

  remove(stream: S): void {
    if (this.#newest === stream) this.#newest = undefined;
    else this.#map.delete(stream.id);
  }

  /** In order of opening. */
  all(): S[] {
    const all = [...this.#map.values()];
    if (this.#newest !== undefined) all.push(this.#newest);
    return all;
  }

  clear(): void {
    this.#map.clear();
    this.#newest = undefined;
  }
}
