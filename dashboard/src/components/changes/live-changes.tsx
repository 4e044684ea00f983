import { changes, held, isPaused, pauseChanges, resumeChanges, streamState } from '../../state/changes.ts';
import { count } from '../../words/duration.ts';
import { ChangeLine } from './change-line.tsx';
import { ChangesAnnouncer } from './changes-announcer.tsx';
import { StatusChip } from '../status-chip.tsx';

/** The latest changes as they happen; a person can hold the list still to read it. */
export function LiveChanges() {
  return (
    <section class="card changes" aria-labelledby="latest-changes">
      <header class="changes-head">
        <h2 id="latest-changes">Latest changes</h2>
        <StreamChip />
        <PauseButton />
      </header>
      <ChangesAnnouncer />
      {changes.value.length === 0 ? (
        <p class="empty">
          {streamState.value === 'connecting'
            ? 'Looking for the latest changes…'
            : 'Nothing yet. What you change in Zena shows up here a moment later.'}
        </p>
      ) : (
        // What scrolls must be reachable by keyboard.
        <div class="changes-scroll" tabIndex={0} role="region" aria-label="List of changes">
          <ol class="change-list">
            {changes.value.map((change) => (
              <ChangeLine key={change.id} change={change} />
            ))}
          </ol>
        </div>
      )}
    </section>
  );
}

function StreamChip() {
  if (isPaused.value) return <StatusChip tone="quiet" label="Paused" />;
  if (streamState.value === 'reconnecting') return <StatusChip tone="wait" label="Reconnecting…" />;
  if (streamState.value === 'connecting') return <StatusChip tone="quiet" label="Connecting…" />;
  return <StatusChip tone="good" label="Live" />;
}

function PauseButton() {
  if (!isPaused.value) {
    return (
      <button type="button" class="button" data-size="small" onClick={pauseChanges}>
        Pause<span class="only-heard"> the list</span>
      </button>
    );
  }
  const waiting = held.value.length;
  return (
    <button type="button" class="button" data-size="small" onClick={resumeChanges}>
      {waiting === 0 ? 'Go on' : `Show ${count(waiting, 'new change')}`}
    </button>
  );
}
