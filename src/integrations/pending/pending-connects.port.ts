/** Somebody is at the CRM's page, and will come back with a code. */
export interface PendingConnect {
  readonly userId: string;
  readonly provider: string;
  /** What was entered before they went there. */
  readonly entered: Readonly<Record<string, string>>;
  /** Shows the CRM that whoever brings the code is who began. */
  readonly verifier: string;
  readonly redirectUri: string;
}

/** Connects in the browser that have begun, in memory: a restart ends them, and they are begun anew. */
export interface PendingConnects {
  /** `session`: the browser that it is bound to. Answers what the CRM is to send back. */
  begin(session: string, pending: PendingConnect): string;
  /** Once; null: it is unknown, over, or another browser's. */
  take(session: string, state: string): PendingConnect | null;
}
