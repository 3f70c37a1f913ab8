/** A box of the log grid in words, for tooltips and screen readers. */
import { t } from '../i18n/index.js';
import type { Box } from './box.js';

export function boxText(member: number, box: Box): string {
  const { entry } = box;
  return t('log.box', {
    member,
    index: entry.index,
    term: entry.term,
    summary: entry.kind === 'empty' ? t('kind.no-op') : entry.summary,
    status: t(`log.${box.style}`),
    durable: t(box.durable ? 'log.durable' : 'log.not-durable'),
    struck: box.struck ? t('log.struck') : '',
  }).trimEnd();
}
