/** A message: every field, why it was sent, and where that is written. */
import type { JSX } from 'solid-js';
import type { MessageView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { explanationKeyOf, nameKeyOf, sectionOf } from '../stage/message-look.js';
import { type Field, Fields } from './Fields.js';

/** Long enough for a time-out of another member to come first. */
const DELAY_MS = 300;

export function MessagePanel(props: {
  readonly session: Session;
  readonly message: MessageView;
}): JSX.Element {
  return (
    <>
      <p class="inspect-name">{t(nameKeyOf(props.message.kind))}</p>
      <p>{t(explanationKeyOf(props.message.kind))}</p>
      <p class="small quiet">{t('explain.source', { section: sectionOf(props.message.kind) })}</p>
      <div class="row wrap">
        <button
          type="button"
          data-action="drop"
          data-testid="drop"
          disabled={props.message.lost}
          onClick={() => props.session.act({ kind: 'drop-message', message: props.message.id })}
        >
          {t('act.drop')}
        </button>
        <button
          type="button"
          data-action="delay"
          data-testid="delay"
          disabled={props.message.lost}
          onClick={() =>
            props.session.act({ kind: 'delay-message', message: props.message.id, ms: DELAY_MS })
          }
        >
          {t('act.delay', { ms: DELAY_MS })}
        </button>
      </div>
      <Fields fields={fieldsOf(props.message)} />
    </>
  );
}

function fieldsOf(message: MessageView): Field[] {
  return [
    { name: t('field.from'), value: message.from },
    { name: t('field.to'), value: message.to },
    { name: t('field.term'), value: message.term || t('field.no-term') },
    ...message.fields.map((field) => ({
      name: field.name,
      value: typeof field.value === 'boolean' ? t(field.value ? 'field.yes' : 'field.no') : field.value,
    })),
    { name: t('field.sent'), value: t('field.ms', { ms: Math.round(message.sentMs) }) },
    {
      name: t('field.arrives'),
      value: message.lost ? t('field.lost') : t('field.ms', { ms: Math.round(message.arrivesMs) }),
    },
  ];
}
