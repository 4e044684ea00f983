import type { SyncedRecord } from '../../api/types.ts';
import { recordHref } from '../../state/route.ts';
import { KIND_WORDS } from '../../words/change-words.ts';
import { RECORD_STATES } from '../../words/record-state.ts';
import { StatusChip } from '../status-chip.tsx';

interface RecordListProps {
  readonly records: readonly SyncedRecord[];
  readonly provider: string | null;
}

export function RecordList({ records, provider }: RecordListProps) {
  return (
    <ul class="record-list">
      {records.map((record) => (
        <RecordLine key={`${record.entity}/${record.entityId}`} record={record} provider={provider} />
      ))}
    </ul>
  );
}

function RecordLine({
  record,
  provider,
}: {
  readonly record: SyncedRecord;
  readonly provider: string | null;
}) {
  const { entity, entityId, title, state, deleted, failure } = record;
  return (
    <li class="record-line">
      <div class="record-what">
        <a class="record-title" href={recordHref(entity, entityId, provider)}>
          {title || entityId}
        </a>
        <p class="record-kind">
          {KIND_WORDS[entity].one}
          {deleted && ' · deleted in Zena'}
        </p>
        {failure !== null && <p class="record-failure">{failure.detail}</p>}
      </div>
      <StatusChip {...RECORD_STATES[state]} />
    </li>
  );
}
