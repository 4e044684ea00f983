import type { ReplayService } from '../reconcile/replay-service.ts';
import type { Reconciler, RunService } from '../reconcile/reconciler.ts';
import type { Clock } from '../runtime/clock.ts';
import type { StateStore } from '../state-store/state-store.ts';

/** Everything that the use-cases of operators need of the rest of the program. */
export interface OperationPorts {
  readonly store: StateStore;
  readonly replays: ReplayService;
  readonly runs: Pick<RunService, 'cancel'>;
  readonly reconciler: Pick<Reconciler, 'connectionChanged'>;
  readonly retention: { readonly deadLettersMs: number };
  /** Where changes come from: what is erased here may still stand there. */
  readonly feed: 'kafka' | 'embedded';
  readonly clock: Clock;
}
