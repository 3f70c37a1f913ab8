/**
 * Whether the cluster is on its way to an older version: agreed upon through the log, and told by Status. Nothing else
 * follows from it, since what Quoin stores does not depend on the version whose API it speaks.
 */
import type { BackendReader, BackendTransaction } from '../mvcc/index.js';
import { encodeUtf8 } from '../stdx/index.js';
import { DowngradeTarget } from '../wire/index.js';

const DOWNGRADE_KEY = encodeUtf8('downgrade');
const NONE: DowngradeTarget = { enabled: false, version: '' };

export class Downgrade {
  #target = NONE;

  get target(): DowngradeTarget {
    return this.#target;
  }

  apply(target: DowngradeTarget): void {
    this.#target = target.enabled ? target : NONE;
  }

  restore(backend: BackendReader): void {
    const stored = backend.get('meta', DOWNGRADE_KEY);
    this.#target = stored === undefined ? NONE : DowngradeTarget.decode(stored.slice());
  }

  write(tx: BackendTransaction): void {
    if (this.#target.enabled) tx.put('meta', DOWNGRADE_KEY, DowngradeTarget.toBytes(this.#target));
    else tx.delete('meta', DOWNGRADE_KEY);
  }
}
