import type { Scope } from '../../domain/connection.ts';
import type { EntityKind } from '../../domain/entity.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AccountStore } from '../../state-store/account-store.port.ts';
import type { LinkStore } from '../../state-store/link-store.port.ts';

/** Tells the other connections of a CRM account what one of them wrote there: each looks by itself, and knows only its own writes. */
export interface KinWrites {
  /** Something was written, or may be until `at` (epoch ms), to a CRM record that they may have as well. */
  note(kind: EntityKind, remoteId: string, at: number): Promise<void>;
}

/** Who is of the account changes when somebody connects: asked again after this, ms. */
const KNOWN_FOR_MS = 5_000;

export interface KinParts {
  readonly store: {
    readonly accounts: Pick<AccountStore, 'kinOf'>;
    readonly links: Pick<LinkStore, 'noteKinWrote'>;
  };
  readonly clock: Pick<Clock, 'now'>;
}

/** Of one connection. Where it is alone in its account, nothing is written, and next to nothing asked. */
export function createKinWrites({ store, clock }: KinParts, scope: Scope): KinWrites {
  let known: { readonly scopes: readonly Scope[]; readonly at: number } | null = null;

  async function kin(): Promise<readonly Scope[]> {
    const now = clock.now();
    const age = known === null ? -1 : now - known.at;
    if (known !== null && age >= 0 && age < KNOWN_FOR_MS) return known.scopes;
    known = { scopes: await store.accounts.kinOf(scope), at: now };
    return known.scopes;
  }

  return {
    async note(kind, remoteId, at) {
      const scopes = await kin();
      if (scopes.length > 0) await store.links.noteKinWrote(scopes, { kind, remoteId }, at);
    },
  };
}
