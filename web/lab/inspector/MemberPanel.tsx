/** All that a member knows, and what can be done to it. */
import { For, Index, type JSX, Show } from 'solid-js';
import type { MemberView } from '../../../src/lab/index.js';
import { MemberActions } from '../controls/MemberActions.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { roleOf } from '../stage/member-look.js';
import { type Field, Fields } from './Fields.js';
import { LinksOf } from './LinksOf.js';

export function MemberPanel(props: { readonly session: Session; readonly member: MemberView }): JSX.Element {
  return (
    <>
      <Show when={props.session.run().canAct}>
        <MemberActions session={props.session} member={props.member} />
      </Show>
      <Fields fields={fieldsOf(props.member, Math.round(props.session.view().timeMs))} />
      <Show when={props.member.progress.length > 0}>
        <ProgressTable member={props.member} />
      </Show>
      <KeyTable member={props.member} />
      <LinksOf session={props.session} member={props.member} />
    </>
  );
}

const listed = (ids: readonly number[]): string => ids.join(', ');

function fieldsOf(member: MemberView, nowMs: number): Field[] {
  const nobody = t('field.nobody');
  const fields: Field[] = [
    { name: t('field.role'), value: t(`role.${roleOf(member)}`) },
    { name: t('field.state'), value: t(`state.${member.state}`) },
    { name: t('field.term'), value: member.term },
    { name: t('field.vote'), value: member.vote || nobody },
    { name: t('field.leader'), value: member.leader || nobody },
  ];
  const { configuration } = member;
  if (member.role === 'candidate' || member.role === 'pre-candidate') {
    fields.push({
      name: t('field.votes'),
      value: t('field.votes-value', {
        granted: member.votesGranted.length,
        refused: member.votesRefused.length,
        needed: Math.floor(configuration.voters.length / 2) + 1,
      }),
    });
  }
  const timer = (name: string, firesMs: number) =>
    fields.push({ name, value: t('field.ms', { ms: Math.max(0, Math.round(firesMs - nowMs)) }) });
  if (member.electionTimer !== null) timer(t('field.election-timer'), member.electionTimer.firesMs);
  if (member.heartbeatTimer !== null) timer(t('field.heartbeat-timer'), member.heartbeatTimer.firesMs);
  fields.push(
    { name: t('field.log'), value: `${member.firstIndex} – ${member.lastIndex}` },
    { name: t('field.durable'), value: member.durableIndex },
    { name: t('field.commit'), value: member.commit },
    { name: t('field.applied'), value: member.applied },
    { name: t('field.revision'), value: member.revision },
    {
      name: t('field.disk'),
      value: `${t(member.diskSlow ? 'field.disk-slow' : 'field.disk-normal')}, ${t('field.ms', { ms: member.diskMs })}`,
    },
    { name: t('field.configuration'), value: listed(configuration.voters) },
  );
  if (configuration.joint)
    fields.push({ name: t('field.outgoing'), value: listed(configuration.votersOutgoing) });
  if (configuration.learners.length > 0)
    fields.push({ name: t('field.learners'), value: listed(configuration.learners) });
  return fields;
}

function ProgressTable(props: { readonly member: MemberView }): JSX.Element {
  return (
    <table class="table">
      <caption>
        {t('member.progress')}
        <span class="small quiet">{t('member.progress-caption')}</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('log.member')}</th>
          <th scope="col">{t('member.match')}</th>
          <th scope="col">{t('member.next')}</th>
          <th scope="col">{t('member.progress-state')}</th>
        </tr>
      </thead>
      <tbody>
        <Index each={props.member.progress}>
          {(one) => (
            <tr
              data-testid="progress"
              data-member={one().member}
              data-match={one().match}
              data-next={one().next}
            >
              <td>{one().member}</td>
              <td>{one().match}</td>
              <td>{one().next}</td>
              <td>
                {t(`member.progress-${one().state}`)}
                {one().paused ? `, ${t('member.progress-paused')}` : ''}
              </td>
            </tr>
          )}
        </Index>
      </tbody>
    </table>
  );
}

function KeyTable(props: { readonly member: MemberView }): JSX.Element {
  return (
    <Show when={props.member.kv.length > 0} fallback={<p class="small quiet">{t('member.no-keys')}</p>}>
      <table class="table">
        <caption>{t('member.keys')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('member.key')}</th>
            <th scope="col">{t('member.value')}</th>
            <th scope="col">{t('member.mod-revision')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.member.kv}>
            {(pair) => (
              <tr>
                <td>{pair.key}</td>
                <td>{pair.value}</td>
                <td>{pair.modRevision}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </Show>
  );
}
