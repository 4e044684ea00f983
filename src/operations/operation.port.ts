import type { ReplayService } from '../replays/replay-service.port.ts';
import type { Remedies } from '../domain/deciding/remedy.ts';
import type { Connection, ConnectionHealth, SealedCredentials } from '../domain/connection.ts';
import type { Reconciler } from '../delivering/reconciler.port.ts';
import type { RunService } from '../runs/run-service.port.ts';
import type { SealedForm } from '../state-store/connection-store.port.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

/** The keys that credentials are sealed under, without a way to open any. */
export interface SealingKeys {
  readonly currentKeyId: string;
  /** Every key that is here, the current one first. */
  readonly keyIds: readonly string[];
  /** The form that is written now. */
  readonly version: SealedForm['v'];
  /** Opens and seals anew under the current key. `KEYS_UNAVAILABLE`: the same may succeed later; else it does not open here. */
  reseal(
    context: { readonly userId: string; readonly provider: string; readonly connectionId: string },
    sealed: unknown,
  ): Promise<Resealed>;
  sealCanary(): Promise<Resealed>;
  resealFingerprintKey(sealed: SealedCredentials): Promise<Resealed>;
}

export type Resealed =
  { readonly ok: true; readonly sealed: SealedCredentials } | { readonly ok: false; readonly code: string };

/** Everything that the use-cases of operators need of the rest of the program. */
export interface OperationPorts {
  readonly store: StateStore;
  readonly keys: SealingKeys;
  /** The words of codes that connectors alone give. Absent: there are none. */
  readonly remedies?: Remedies;
  readonly replays: ReplayService;
  readonly runs: Pick<RunService, 'cancel'>;
  readonly reconciler: Pick<Reconciler, 'connectionChanged'>;
  readonly retention: { readonly timelineMs: number; readonly deadLettersMs: number };
  /** A connection's health as people are told of it: whose turn it is may be more than what is stored. */
  readonly healthOf: (connection: Connection) => ConnectionHealth;
  /** Where changes come from: what is erased here may still stand there. */
  readonly feed: 'kafka' | 'embedded';
  readonly clock: {
    now(): number;
    monotonic(): number;
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
  };
}
