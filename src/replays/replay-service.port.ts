import type { DeadLetter } from '../domain/dead-letter.ts';
import type { LinkHead } from '../domain/link.ts';
import type { RecordHead } from '../domain/record.ts';
import type { DeadLetterFilter, Replay } from '../domain/replay.ts';
import type { ReplayVerdict } from '../domain/deciding/replay-verdict.ts';
import type { Page } from '../domain/page.ts';

/** A letter beside what it is about, as both stand now. */
export interface JudgedLetter {
  readonly letter: DeadLetter;
  readonly verdict: ReplayVerdict;
  readonly link: LinkHead | null;
  readonly record: RecordHead | null;
}

/** How the wish to begin a planned replay ended. */
export type BeginOutcome =
  | { readonly kind: 'begun'; readonly replay: Replay }
  | { readonly kind: 'unknown' }
  /** It was begun or cancelled before; a plan is good for one replay. */
  | { readonly kind: 'used'; readonly replay: Replay }
  /** It is older than a plan may be: what it counted says nothing any more. */
  | { readonly kind: 'expired' };

/** Port: replays of dead letters, as those who ask for them see them. */
export interface ReplayService {
  /** Counts what a replay of these letters would do, and keeps the plan. Without `statuses`, letters that are open. */
  plan(filter: DeadLetterFilter, requestedBy: string): Promise<Replay>;
  /** Begins a planned replay; of several callers one does. */
  begin(planId: string): Promise<BeginOutcome>;
  /** How far it is; null: there is none. */
  progress(replayId: string): Promise<Replay | null>;
  /** Ends it; what it had asked for and was not begun is dropped. One that had ended stays as it is. Null: there is none. */
  cancel(replayId: string): Promise<Replay | null>;
  /** Newest first, with their progress; plans that were never begun are left out. */
  list(cursor: string | null, limit: number): Promise<Page<Replay>>;
  /** What a replay would make of each of these now, beside what they are about; in their order. Writes nothing. */
  judge(letters: readonly DeadLetter[]): Promise<JudgedLetter[]>;
}
