/** A connect by the CRM's own page, on which people allow it: a code comes back, which is entered in their place. */
export interface BrowserConnect {
  /** The operator's setting without which it isn't offered; null: all is there. */
  missing(): string | null;
  /** Those of the credential fields that are asked for before people go there: none that is secret. */
  readonly fields: readonly string[];
  /** What is wrong with them. Pure. */
  faults(
    entered: Readonly<Record<string, string>>,
  ): readonly { readonly field: string; readonly code: string; readonly detail: string }[];
  /** Where browsers go, once nothing is wrong. Pure. */
  address(
    entered: Readonly<Record<string, string>>,
    asked: { readonly redirectUri: string; readonly state: string; readonly challenge: string },
  ): string;
  /** What is entered to connect, once a code came back. Pure. */
  credentials(
    entered: Readonly<Record<string, string>>,
    back: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
  ): Readonly<Record<string, string>>;
}
