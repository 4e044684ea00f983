import { textHash } from '../../domain/content-hash.ts';
import type { IdempotencyStore } from '../../state-store/idempotency-store.port.ts';
import type { PendingConnect, PendingConnects } from './pending-connects.port.ts';

/** People sign in there, and may have to look for their password. */
export const PENDING_MS = 10 * 60_000;

type Texts = Readonly<Record<string, string>>;
interface Context {
  readonly userId: string;
  readonly provider: string;
  readonly connectionId: string;
}

/** Seals texts for one place in the store. */
interface Vault {
  seal(
    context: Context,
    texts: Texts,
  ): Promise<{ readonly ok: true; readonly sealed: unknown } | { readonly ok: false }>;
  open(
    context: Context,
    sealed: unknown,
  ): Promise<
    { readonly ok: true; readonly credentials: Texts } | { readonly ok: false; readonly code: string }
  >;
}

interface Parts {
  /** What lasts a while, is one caller's, is bounded for each user and goes with them: so is a connect that has begun. */
  readonly kept: Pick<IdempotencyStore, 'claim' | 'complete' | 'release'>;
  readonly vault: Vault;
  readonly clock: { now(): number };
  readonly random: { uuid(): string };
}

/** Kept by the state's hash and sealed: neither the store nor a copy of it tells a verifier. */
export function createPendingConnects({ kept, vault, clock, random }: Parts): PendingConnects {
  const claimOf = (key: string, userId: string, session: string) => {
    const now = clock.now();
    const fingerprint = textHash(session);
    return { key, userId, fingerprint, token: random.uuid(), now, until: now + PENDING_MS };
  };
  return {
    async begin(session, { userId, provider, entered, syncConfig, verifier, redirectUri }) {
      const state = secretOf(random);
      const key = keyOf(state);
      const rest = JSON.stringify({ entered, syncConfig });
      const sealing = await vault.seal(
        { userId, provider, connectionId: key },
        { rest, verifier, redirectUri },
      );
      if (!sealing.ok) return 'keys_away';
      const claim = claimOf(key, userId, session);
      await kept.claim(claim);
      const answer = { status: 302, headers: {}, body: JSON.stringify(sealing.sealed) };
      await kept.complete(key, claim.token, answer, claim.until);
      return { state };
    },
    async take({ userId, provider, session }, state) {
      const key = keyOf(state);
      const claim = claimOf(key, userId, session);
      const held = await kept.claim(claim);
      if (held === null) await kept.release(key, claim.token);
      if (!held?.answer || held.fingerprint !== claim.fingerprint) return null;
      const opened = await vault.open({ userId, provider, connectionId: key }, JSON.parse(held.answer.body));
      if (!opened.ok) return opened.code === 'KEYS_UNAVAILABLE' ? 'keys_away' : null;
      // Of all who come back with one state, wherever they are answered, the first has it.
      const first = await kept.claim(claimOf(`${key} taken`, userId, session));
      if (first !== null) return null;
      const { rest = '', verifier = '', redirectUri = '' } = opened.credentials;
      const chosen = JSON.parse(rest) as Pick<PendingConnect, 'entered' | 'syncConfig'>;
      return { userId, provider, ...chosen, verifier, redirectUri };
    },
  };
}

function keyOf(state: string): string {
  return `connect begun ${textHash(state)}`;
}

/** 64 letters and figures, 244 bits of chance. */
export function secretOf({ uuid }: { uuid(): string }): string {
  return `${uuid()}${uuid()}`.replaceAll('-', '');
}
