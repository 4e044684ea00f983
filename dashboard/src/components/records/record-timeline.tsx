import { useSignal } from '@preact/signals';
import { api } from '../../api/api.ts';
import type { Problem } from '../../api/problem.ts';
import type { Change, RecordHistory } from '../../api/types.ts';
import { ActionButton } from '../action-button.tsx';
import { ChangeLine } from '../changes/change-line.tsx';
import { ProblemNotice } from '../notice.tsx';

interface RecordTimelineProps {
  readonly record: RecordHistory;
  readonly provider: string;
}

interface Older {
  readonly entries: readonly Change[];
  readonly nextCursor: string | null;
}

/** The record's history, newest on top. */
export function RecordTimeline({ record, provider }: RecordTimelineProps) {
  const older = useSignal<Older | null>(null);
  const problem = useSignal<Problem | null>(null);
  const nextCursor = older.value === null ? record.nextCursor : older.value.nextCursor;
  const more = async () => {
    const answer = await api.readRecord(provider, record.entity, record.entityId, nextCursor);
    problem.value = answer.ok ? null : answer.problem;
    if (!answer.ok) return;
    const entries = [...(older.peek()?.entries ?? []), ...answer.value.data];
    older.value = { entries, nextCursor: answer.value.nextCursor };
  };
  const entries = new Map([...record.data, ...(older.value?.entries ?? [])].map((one) => [one.id, one]));
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">History</h2>
      {entries.size === 0 ? (
        <p class="empty">Nothing has happened to it here yet.</p>
      ) : (
        <ol class="change-list">
          {[...entries.values()].map((change) => (
            <ChangeLine key={change.id} change={change} of="record" />
          ))}
        </ol>
      )}
      {problem.value !== null && <ProblemNotice problem={problem.value} />}
      {nextCursor !== null && (
        <div class="more">
          <ActionButton act={more}>Show older</ActionButton>
        </div>
      )}
    </section>
  );
}
