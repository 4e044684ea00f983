import type { RecordFilter } from '../api/api.ts';
import { ActionButton } from '../components/action-button.tsx';
import { Loading } from '../components/loading.tsx';
import { ProblemNotice } from '../components/notice.tsx';
import { RecordFilters } from '../components/records/record-filters.tsx';
import { RecordList } from '../components/records/record-list.tsx';
import { useRecordPages } from '../state/use-record-pages.ts';
import { count } from '../words/duration.ts';
import { WithProvider } from './with-provider.tsx';

interface RecordsPageProps {
  readonly provider: string | null;
  readonly filter: RecordFilter;
}

/** Finds records by what a person knows of them. */
export function RecordsPage({ provider, filter }: RecordsPageProps) {
  return (
    <>
      <h1 tabIndex={-1}>Records</h1>
      <WithProvider provider={provider}>
        {(chosen) => (
          <>
            <RecordFilters filter={filter} provider={provider} />
            <FoundRecords chosen={chosen} provider={provider} filter={filter} />
          </>
        )}
      </WithProvider>
    </>
  );
}

function FoundRecords({ chosen, provider, filter }: RecordsPageProps & { readonly chosen: string }) {
  const { first, records, nextCursor, problem, more, reload } = useRecordPages(chosen, filter);
  if (first.state === 'loading') return <Loading what="records" />;
  if (first.state === 'failed') return <ProblemNotice problem={first.problem} onRetry={reload} />;
  if (records.length === 0) return <NothingFound filter={filter} />;
  return (
    <section class="card records" aria-label="Records found">
      <p class="only-heard" role="status">
        {count(records.length, 'record')} shown
      </p>
      <RecordList records={records} provider={provider} />
      {problem !== null && <ProblemNotice problem={problem} />}
      {nextCursor !== null && (
        <div class="more">
          <ActionButton act={more}>Show more</ActionButton>
        </div>
      )}
    </section>
  );
}

function NothingFound({ filter: { q, state, entity } }: { readonly filter: RecordFilter }) {
  const isFiltered = q !== '' || state !== null || entity !== null;
  return (
    <div class="card empty" role="status">
      {isFiltered ? (
        <p>
          Nothing fits. <a href="#/records">Show all records</a>
        </p>
      ) : (
        <p>No records yet. They appear here as soon as something changes in Zena, or after a full sync.</p>
      )}
    </div>
  );
}
