import type { ReplayService } from '../reconcile/replay-service.ts';
import type { StateStore } from '../state-store/state-store.ts';

/** Everything that the use-cases of operators need of the rest of the program. */
export interface OperationPorts {
  readonly store: Pick<StateStore, 'deadLetters' | 'connections' | 'links' | 'ownership' | 'audit'>;
  readonly replays: ReplayService;
  readonly clock: { now(): number };
}
