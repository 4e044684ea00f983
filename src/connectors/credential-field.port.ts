/** What people enter to connect. */
export interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly kind: 'text' | 'url';
  /** Where people find it, and what it looks like: a sentence or two. */
  readonly help: string;
}
