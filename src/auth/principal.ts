/** Everything a token can allow. `ops` in a token stands for both of its halves. */
export const SCOPES = ['ops:read', 'ops:write', 'changes:write', 'metrics'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who calls, as a verified token says. */
export interface Principal {
  readonly userId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Epoch ms; the end of what the token allows. */
  readonly expiresAt: number;
}

/** Whether a text can be an id of Zena's: 1 to 256 bytes of printable ASCII without spaces. */
export function isUserId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value);
}

/** Reads the claims `scope` (space-separated) and `scp` (array or space-separated); unknown scopes allow nothing. */
export function readScopes(scope: unknown, scp: unknown): ReadonlySet<Scope> {
  const named = [scope, scp].flatMap((claim) => (typeof claim === 'string' ? claim.split(' ') : claim));
  const known = new Set<Scope>(SCOPES.filter((candidate) => named.includes(candidate)));
  return named.includes('ops') ? known.add('ops:read').add('ops:write') : known;
}
