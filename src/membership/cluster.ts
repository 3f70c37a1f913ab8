/**
 * Who belongs to the cluster. Changed only by committed entries, so that it is the same on every member at the same
 * index; kept in the backend with them.
 */
import { assert, must } from '../stdx/index.js';
import type { Member } from './member.js';

export class Cluster {
  readonly #members = new Map<bigint, Member>();
  readonly #removed = new Set<bigint>();

  /** Fails an assertion for an id that is in use or was: ids are never used twice. */
  add(member: Member): void {
    assert(!this.#members.has(member.id), 'a member id is added once');
    assert(!this.#removed.has(member.id), 'a removed member never comes back');
    this.#members.set(member.id, member);
  }

  /** Forgets everybody, to be filled from another state. */
  clear(): void {
    this.#members.clear();
    this.#removed.clear();
  }

  /** Replaces what is known of a member. */
  update(member: Member): void {
    assert(this.#members.has(member.id), 'only a member can be updated');
    this.#members.set(member.id, member);
  }

  /** Replaces some of what is known of a member. */
  amend(id: bigint, changed: Partial<Omit<Member, 'id'>>): void {
    this.update({ ...must(this.#members.get(id), 'only a member can be amended'), ...changed });
  }

  remove(id: bigint): void {
    this.#members.delete(id);
    this.#removed.add(id);
  }

  get(id: bigint): Member | undefined {
    return this.#members.get(id);
  }

  isRemoved(id: bigint): boolean {
    return this.#removed.has(id);
  }

  /** By ascending id, as etcd lists them. */
  list(): Member[] {
    return [...this.#members.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  /** Those who vote, by ascending id. */
  voters(): Member[] {
    return this.list().filter((member) => !member.isLearner);
  }

  /** Those who get the log but do not vote, by ascending id. */
  learners(): Member[] {
    return this.list().filter((member) => member.isLearner);
  }

  removedIds(): bigint[] {
    return [...this.#removed];
  }
}
