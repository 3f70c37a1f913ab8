/** What a link lets pass, and how that is told. */
import type { CutView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';

/** `forward`: nothing passes from the first to the second. */
export type LinkCut = 'none' | 'both' | 'forward' | 'backward';

/** Whether a direction of a link lets nothing pass. */
export function isCut(cuts: readonly CutView[], from: number, to: number): boolean {
  return cuts.some((cut) => cut.from === from && cut.to === to);
}

export function linkCut(cuts: readonly CutView[], from: number, to: number): LinkCut {
  const forward = isCut(cuts, from, to);
  const backward = isCut(cuts, to, from);
  return forward && backward ? 'both' : forward ? 'forward' : backward ? 'backward' : 'none';
}

export function linkText(cut: LinkCut, from: number, to: number): string {
  switch (cut) {
    case 'none':
      return t('link.none');
    case 'both':
      return t('link.both');
    case 'forward':
      return t('link.one-way', { from, to });
    case 'backward':
      return t('link.one-way', { from: to, to: from });
  }
}
