import type { Setting } from './settings.ts';

/** A setting that a connector declares: read like those of the table. */
export interface DeclaredSetting {
  /** Upper snake case. */
  readonly name: string;
  /** `base-url`: an address that stands in for a vendor's fixed host. */
  readonly use: 'text' | 'base-url';
  /** Never shown, and also readable from the file named by `<NAME>_FILE`. */
  readonly secret: boolean;
  readonly doc: string;
}

/** The row of a declared setting, as the table has them. */
export function rowOfDeclared({ use, secret, doc }: DeclaredSetting): Setting {
  if (use === 'base-url') return { kind: 'http-url', doc };
  return secret ? { kind: 'secret-text', secret: true, doc } : { kind: 'text', doc };
}
