import { useSignal, useSignalEffect } from '@preact/signals';
import { api } from '../api/api.ts';
import type { Problem } from '../api/problem.ts';
import type { EntityKind, RecordHistory } from '../api/types.ts';
import { ActionButton } from '../components/action-button.tsx';
import { Loading } from '../components/loading.tsx';
import { Notice, ProblemNotice } from '../components/notice.tsx';
import { RecordFacts } from '../components/records/record-facts.tsx';
import { RecordTimeline } from '../components/records/record-timeline.tsx';
import { SentFields } from '../components/records/sent-fields.tsx';
import { StatusChip } from '../components/status-chip.tsx';
import { latestChange } from '../state/changes.ts';
import { crmName } from '../state/connections.ts';
import { recordsHref } from '../state/route.ts';
import { useLoaded } from '../state/use-loaded.ts';
import { fieldWords } from '../words/change-words.ts';
import { RECORD_STATES } from '../words/record-state.ts';
import { WithProvider } from './with-provider.tsx';

interface RecordPageProps {
  readonly provider: string | null;
  readonly entity: EntityKind;
  readonly entityId: string;
}

/** Everything that is known of one record: what was sent, skipped or refused, and why. */
export function RecordPage({ provider, entity, entityId }: RecordPageProps) {
  return (
    <div class="record-page">
      <p class="back">
        <a href={recordsHref({}, provider)}>All records</a>
      </p>
      <WithProvider provider={provider}>
        {(chosen) => <LoadedRecord provider={chosen} entity={entity} entityId={entityId} />}
      </WithProvider>
    </div>
  );
}

type Address = { readonly provider: string; readonly entity: EntityKind; readonly entityId: string };

function LoadedRecord({ provider, entity, entityId }: Address) {
  const { loaded, reload } = useLoaded(JSON.stringify([provider, entity, entityId]), () =>
    api.readRecord(provider, entity, entityId, null),
  );
  useSignalEffect(() => {
    const latest = latestChange.value;
    if (latest?.entity === entity && latest.entityId === entityId) reload();
  });
  if (loaded.state === 'loading') return <Loading what="the record" />;
  if (loaded.state === 'ready') return <Shown record={loaded.value} provider={provider} onChanged={reload} />;
  return (
    <>
      <h1 tabIndex={-1}>{loaded.problem.status === 404 ? 'There is no such record' : 'Record'}</h1>
      <ProblemNotice problem={loaded.problem} onRetry={reload} />
    </>
  );
}

interface ShownProps {
  readonly record: RecordHistory;
  readonly provider: string;
  readonly onChanged: () => void;
}

function Shown({ record, provider, onChanged }: ShownProps) {
  const { entity, entityId, failure, link } = record;
  const problem = useSignal<Problem | null>(null);
  const asked = useSignal(false);
  const crm = crmName(provider);
  const deliver = async () => {
    const answer = await api.deliverRecord(provider, entity, entityId);
    problem.value = answer.ok ? null : answer.problem;
    asked.value = answer.ok;
    onChanged();
  };
  return (
    <>
      <div class="record-head">
        <div>
          <h1 tabIndex={-1}>{record.title || entityId}</h1>
          <RecordFacts record={record} crm={crm} />
        </div>
        <StatusChip {...RECORD_STATES[record.state]} />
      </div>
      {failure !== null && (
        <Notice tone="bad">
          <p>{failure.detail}</p>
          {failure.fields.map(({ field, message }) => (
            <p key={field}>
              <strong>{fieldWords(field)}</strong>: {message}
            </p>
          ))}
          <p>Correct it in Zena and it is sent again by itself; or try once more as it is.</p>
        </Notice>
      )}
      {problem.value !== null && <ProblemNotice problem={problem.value} />}
      <div class="actions">
        <ActionButton look="primary" act={deliver}>
          Deliver now
        </ActionButton>
        <span role="status">
          {asked.value && problem.value === null && 'Asked for. What comes of it shows below.'}
        </span>
      </div>
      <div class="record-body">
        <RecordTimeline record={record} provider={provider} />
        {link?.lastSent != null && <SentFields fields={link.lastSent.fields} crm={crm} />}
      </div>
    </>
  );
}
