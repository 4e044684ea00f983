/** A connect by the CRM's own page, on which people allow it: a code comes back, which is entered in their place. */
export interface BrowserConnect {
  /** The operator's setting without which it isn't offered; null: all is there. */
  missing(): string | null;
  /** Where browsers go; or which of the fields that were entered keeps them from it. Pure. */
  address(
    entered: Readonly<Record<string, string>>,
    asked: { readonly redirectUri: string; readonly state: string; readonly challenge: string },
  ):
    | { readonly ok: true; readonly url: string }
    | { readonly ok: false; readonly field: string; readonly detail: string };
  /** What is entered to connect, once a code came back. Pure. */
  credentials(
    entered: Readonly<Record<string, string>>,
    back: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
  ): Readonly<Record<string, string>>;
}
