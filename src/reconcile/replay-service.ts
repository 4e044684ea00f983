import type { DeadLetterFilter, Replay } from '../domain/replay.ts';
import type { Page } from '../state-store/page.ts';

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
}
