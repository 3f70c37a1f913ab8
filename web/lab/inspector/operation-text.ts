/** A client's request in words. */
import type { OperationKind, OperationStepName, OperationView } from '../../../src/lab/index.js';
import { type TextKey, t } from '../i18n/index.js';

const NAMES: Readonly<Record<OperationKind, TextKey>> = {
  put: 'operation.put',
  delete: 'operation.delete',
  'compare-and-put': 'operation.compare-and-put',
  read: 'operation.linearizable-read',
  'serializable-read': 'operation.serializable-read',
  compact: 'operation.compact',
};

export function operationText(operation: OperationView): string {
  return t(NAMES[operation.kind], { key: operation.key, value: operation.value });
}

/** What is behind a step, with the numbers that are known. */
export function stepText(operation: OperationView, step: OperationStepName): string {
  const values = {
    via: operation.via,
    index: operation.index || '…',
    term: operation.term || '…',
    copies: operation.copies.length,
    voters: operation.voters || '…',
    needed: operation.voters === 0 ? '…' : Math.floor(operation.voters / 2) + 1,
    readIndex: operation.readIndex || '…',
  };
  const isRead = operation.kind === 'read' || operation.kind === 'serializable-read';
  if (step === 'applied' && isRead) return t('step.waited-for-apply', values);
  return t(`step.${step}`, values);
}
