import type { CrmHttp } from '../../connectors/connector.port.ts';
import type { IntentJob, Lane } from '../../domain/link.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { DispatchRefusal } from '../../wire/transport.port.ts';

/** What stands between one of them and the wire. */
export interface CompanyGate {
  /** On which its calls wait for their turns. */
  readonly lane: Lane;
  /** Its own part of what is asked before a request goes out: its claim and its intent, for so many requests. */
  covers(calls: number): Promise<DispatchRefusal | null>;
  /** Whether what was written for a request holds no more by now: it must not leave. */
  isLate(): boolean;
  /** Writes the job into its intent; false: the claim is not ours any more. */
  keepJob(job: IntentJob): Promise<boolean>;
  /** When the job that was kept is looked at, epoch ms. */
  lookAt(at: number): void;
}

/** What is asked for several that go in one request. */
export interface Together {
  /** The most urgent of theirs. */
  readonly lane: Lane;
  readonly checks: {
    readonly mayDispatch: () => Promise<DispatchRefusal | null>;
    readonly mayStillDispatch: () => DispatchRefusal | null;
  };
  /** Of those asked last, the ones that may not go, whatever the others do. */
  readonly refused: () => ReadonlySet<CompanyGate>;
}

/** What a failed call was; as the judge of single ones takes it. */
interface FailedTogether {
  readonly verb: 'find' | 'create' | 'update';
  readonly since: number;
  readonly record: string | null;
}

export interface CompanyParts {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly open: (
    together: Together,
  ) => Promise<
    { readonly ok: true; readonly http: CrmHttp } | { readonly ok: false; readonly failure: Failure }
  >;
  /** For so many requests each. */
  readonly together: (gates: readonly CompanyGate[], calls?: number) => Together;
  readonly judge: (failure: Failure, call: FailedTogether) => Promise<Failure>;
}
