/** A link: what passes through it, and how to cut it, one way or both. */
import type { JSX } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { linkCut, linkText } from '../stage/link-look.js';
import { Fields } from './Fields.js';

export function LinkPanel(props: {
  readonly session: Session;
  readonly from: number;
  readonly to: number;
}): JSX.Element {
  const cut = () => linkCut(props.session.view().cuts, props.from, props.to);
  const act = (kind: 'cut-link' | 'heal-link', from: number, to: number, oneWay: boolean) =>
    props.session.act({ kind, from, to, oneWay });
  return (
    <>
      <div class="row wrap">
        <button
          type="button"
          data-action="cut"
          data-testid="cut"
          disabled={cut() === 'both'}
          onClick={() => act('cut-link', props.from, props.to, false)}
        >
          {t('act.cut')}
        </button>
        <button
          type="button"
          data-action="cut-forward"
          data-testid="cut-forward"
          disabled={cut() !== 'none'}
          onClick={() => act('cut-link', props.from, props.to, true)}
        >
          {t('act.cut-one-way', { from: props.from, to: props.to })}
        </button>
        <button
          type="button"
          data-action="cut-backward"
          data-testid="cut-backward"
          disabled={cut() !== 'none'}
          onClick={() => act('cut-link', props.to, props.from, true)}
        >
          {t('act.cut-one-way', { from: props.to, to: props.from })}
        </button>
        <button
          type="button"
          data-action="heal-link"
          data-testid="heal-link"
          disabled={cut() === 'none'}
          onClick={() => act('heal-link', props.from, props.to, false)}
        >
          {t('act.heal-link')}
        </button>
      </div>
      <Fields fields={[{ name: t('field.state'), value: linkText(cut(), props.from, props.to) }]} />
    </>
  );
}
