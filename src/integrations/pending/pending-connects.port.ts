import type { SyncConfig } from '../../domain/connection.ts';

/** Somebody is at the CRM's page, and will come back with a code. */
export interface PendingConnect {
  readonly userId: string;
  readonly provider: string;
  /** What was entered before they went there. */
  readonly entered: Readonly<Record<string, string>>;
  /** What is to be sent, as they chose it before they went there. */
  readonly syncConfig: Partial<SyncConfig>;
  /** Shows the CRM that whoever brings the code is who began. */
  readonly verifier: string;
  readonly redirectUri: string;
}

/** Who comes back, from where. */
export interface Returning {
  readonly userId: string;
  readonly provider: string;
  /** The browser that it is bound to. */
  readonly session: string;
}

/** Of what could not be told because whoever keeps the keys can't be asked now. */
export type KeysAway = 'keys_away';

/** Connects that have begun in a browser, where every process finds them: any of them may be asked to end one. */
export interface PendingConnects {
  /** Answers what the CRM is to send back. */
  begin(session: string, pending: PendingConnect): Promise<{ readonly state: string } | KeysAway>;
  /** Once; null: it is unknown, over, taken, or another's. */
  take(returning: Returning, state: string): Promise<PendingConnect | KeysAway | null>;
}
