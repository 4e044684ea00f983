import { useSignal } from '@preact/signals';
import { api, type RecordFilter } from '../api/api.ts';
import type { Problem } from '../api/problem.ts';
import type { Page, SyncedRecord } from '../api/types.ts';
import type { Loadable } from './loadable.ts';
import { useLoaded } from './use-loaded.ts';

export interface RecordPages {
  readonly first: Loadable<Page<SyncedRecord>>;
  /** Of the pages that were asked for after the first. */
  readonly records: readonly SyncedRecord[];
  readonly nextCursor: string | null;
  readonly problem: Problem | null;
  readonly more: () => Promise<void>;
  readonly reload: () => void;
}

interface Further {
  readonly key: string;
  readonly records: readonly SyncedRecord[];
  readonly nextCursor: string | null;
  readonly problem: Problem | null;
}

/** The records that fit a filter, page after page. */
export function useRecordPages(provider: string, filter: RecordFilter): RecordPages {
  const key = JSON.stringify([provider, filter]);
  const { loaded: first, reload } = useLoaded(key, () => api.listRecords(provider, filter, null));
  const further = useSignal<Further | null>(null);
  const firstPage = first.state === 'ready' ? first.value : null;
  const firstCursor = firstPage?.nextCursor ?? null;
  const current = further.value?.key === key ? further.value : null;
  const nextCursor = current === null ? firstCursor : current.nextCursor;

  const more = async () => {
    if (nextCursor === null) return;
    const answer = await api.listRecords(provider, filter, nextCursor);
    const before = current?.records ?? [];
    further.value = answer.ok
      ? {
          key,
          records: [...before, ...answer.value.data],
          nextCursor: answer.value.nextCursor,
          problem: null,
        }
      : { key, records: before, nextCursor, problem: answer.problem };
  };
  return {
    first,
    records: [...(firstPage?.data ?? []), ...(current?.records ?? [])],
    nextCursor,
    problem: current?.problem ?? null,
    more,
    reload,
  };
}
