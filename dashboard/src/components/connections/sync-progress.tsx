import { useSignal } from '@preact/signals';
import type { Problem } from '../../api/problem.ts';
import type { Run } from '../../api/types.ts';
import { recordsHref } from '../../state/route.ts';
import { cancelSync, dismissRun, type WatchedRun } from '../../state/runs.ts';
import { hasEnded, runProgressWords, runSummaryWords } from '../../words/run-words.ts';
import { ActionButton } from '../action-button.tsx';
import { ProblemNotice } from '../notice.tsx';

interface SyncProgressProps {
  readonly watched: WatchedRun;
  readonly crm: string;
}

/** A full sync as it goes on, then how it ended. */
export function SyncProgress({ watched: { run, stream }, crm }: SyncProgressProps) {
  return (
    <section class="run" aria-label="Full sync">
      {hasEnded(run) ? (
        <RunSummary run={run} crm={crm} />
      ) : (
        <RunningSync run={run} crm={crm} isReconnecting={stream === 'reconnecting'} />
      )}
    </section>
  );
}

interface RunningSyncProps {
  readonly run: Run;
  readonly crm: string;
  readonly isReconnecting: boolean;
}

function RunningSync({ run, crm, isReconnecting }: RunningSyncProps) {
  const problem = useSignal<Problem | null>(null);
  const words = runProgressWords(run);
  const cancel = async () => {
    problem.value = await cancelSync(run);
  };
  return (
    <>
      <div class="run-line">
        <strong>{run.status === 'waiting' ? `Waiting for ${crm}` : 'Full sync'}</strong>
        <ActionButton act={cancel}>Cancel sync</ActionButton>
      </div>
      <progress
        class="run-bar"
        aria-label="Full sync"
        aria-valuetext={words}
        max={Math.max(1, run.total)}
        value={Math.min(run.done, run.total)}
      />
      <p class="run-words">{words}</p>
      {run.status === 'waiting' && <p class="run-words">It goes on by itself. You can close this page.</p>}
      {run.failed + run.retrying > 0 && (
        <p class="run-words">
          {run.failed} refused, {run.retrying} being tried again
        </p>
      )}
      {isReconnecting && <p class="run-words">Reconnecting… the sync itself goes on.</p>}
      {problem.value !== null && <ProblemNotice problem={problem.value} />}
    </>
  );
}

function RunSummary({ run, crm }: { readonly run: Run; readonly crm: string }) {
  return (
    <>
      <div class="run-line">
        <strong>{run.status === 'cancelled' ? 'Full sync stopped' : 'Full sync finished'}</strong>
        <button type="button" class="button" onClick={() => dismissRun(run.provider)}>
          Hide
        </button>
      </div>
      <p class="run-words">{runSummaryWords(run, crm)}</p>
      {run.failed > 0 && (
        <p class="run-words">
          <a href={recordsHref({ state: 'dead' })}>See the records that were refused</a>
        </p>
      )}
    </>
  );
}
