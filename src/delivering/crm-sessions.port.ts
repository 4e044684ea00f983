import type { CrmConnector, CrmHttp } from '../connectors/connector.port.ts';
import type { Connection, ConnectorRef } from '../domain/connection.ts';
import type { Json } from '../domain/json.ts';
import type { Lane } from '../domain/link.ts';
import type { CallOutcome, Failure, JudgedOutage } from '../domain/outcome.ts';
import type { DispatchRefusal } from '../wire/transport.port.ts';
import type { Lease } from '../ownership/ownership.port.ts';

/**
 * Port: conversations with the CRM of a connection, through its budget's limiter, breaker and quota, which exist only while a
 * connection of the budget is held, or still know something.
 */
export interface CrmSessions {
  /** Null: it is none of ours, or lacks something of the operator's: nothing can be sent, and what is due waits. */
  connector(of: ConnectorRef): CrmConnector | null;
  /** What this process read of the connection's account last, by name, whatever its age. Calls nobody. */
  factsAtHand(connection: Connection, names: readonly string[]): ReadonlyMap<string, Json>;
  /**
   * Under another lease than before, what is known of the budget is read anew: somebody else may have owned it meanwhile. Rejects
   * when the store can't tell what an earlier owner left: nothing may be sent without knowing.
   */
  hold(connection: Connection, lease: Lease): Promise<CrmHold>;
}

export interface CrmHold {
  /** Opens the sealed credentials for one delivery. Rejects only for surprises. */
  open(options: SessionOptions): Promise<OpenedSession>;
  /** Epoch ms until when the breaker lets nothing through; null while it does. */
  blockedUntil(): number | null;
  /**
   * Epoch ms until when nothing is worth claiming: the CRM asked for no calls, its day's quota is used up, or the key for the
   * credentials was not to be had; null otherwise.
   */
  pausedUntil(): number | null;
  /** Epoch ms until when what is left of the day's quota is kept for live changes; null while others have their share. */
  keptForLiveUntil(): number | null;
  /** What was judged to be the CRM's own failing: nothing more goes out before a probe, for none of the budget's connections. */
  tellOutage(outage: JudgedOutage): void;
  /** This record got an answer that isn't the CRM's. Whether another did, too, with nothing of the budget that succeeded in between. */
  tellForeign(record: string): boolean;
  /**
   * After an outage that `authenticate` did not show, one record at a time finds out whether it is over. The right to be that one, to
   * be called at its end; null while another has it. Where nothing is on trial, everybody has it.
   */
  beginTrial(): (() => void) | null;
  isOnTrial(): boolean;
  /** The code by which the CRM refuses this service itself, whichever connection asks; null: it doesn't, as far as is known. */
  applicationRefusedAs(): string | null;
  /** A person asks: a probe may go at once, and the waits for the next ones begin anew. */
  askNow(): void;
  /** One `authenticate`: the probe of an open breaker, and the proof that a connection works. */
  probe(checks: DispatchChecks): Promise<CallOutcome<true>>;
  release(): void;
}

/** What is asked before each request goes out. */
export interface DispatchChecks {
  /** After limiter, DNS and connect. */
  readonly mayDispatch: () => Promise<DispatchRefusal | null>;
  /** Right before the first byte, after the wait for those that go out before it: what is known without asking anybody. */
  readonly mayStillDispatch: () => DispatchRefusal | null;
}

export interface SessionOptions extends DispatchChecks {
  readonly lane: Lane;
  /** Once aborted (for a `DispatchRefusal`), a call that waits for its turn is withheld, and leaves it to another. Absent: it waits. */
  readonly over?: AbortSignal;
}

export type OpenedSession =
  | ({ readonly ok: true; readonly http: CrmHttp } & SessionFacts)
  | { readonly ok: false; readonly failure: SessionRefusal };

/** What mapping has to know of the account, as the host keeps it: asked through the session where it is missing or old. */
export interface SessionFacts {
  /** By name, each as it is kept; null: the CRM has nothing by that name. No name costs nothing. */
  facts(names: readonly string[]): Promise<CallOutcome<ReadonlyMap<string, Json>>>;
  /** A mapping missed something in it: read once more, and kept. */
  refreshFact(name: string): Promise<CallOutcome<Json>>;
}

/** `unauthorised`: they will not open until somebody connects anew. `withheld`: another process or a later time may open them. */
export type SessionRefusal = Extract<Failure, { kind: 'unauthorised' | 'withheld' }>;
