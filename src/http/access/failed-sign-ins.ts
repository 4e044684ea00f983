import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TokenFault } from '../../auth/token-verifier.ts';
import { createWindowCounter } from '../../auth/window-counter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { AUTH_REQUIRED_PROBLEM, type Problem } from '../problems/problem.ts';
import { networkOf, type Sender } from './client-address.ts';
import { type Limiter, tooManyCalls } from './rate-limits.ts';

/** Wrong tokens and codes of one address in a minute; a guess has 256 bits to find. */
export const MOST_GUESSES = 300;
/** Of one and the same wrong thing, from anywhere. More than a client that misses its token's end needs. */
export const MOST_OF_ONE_THING = 300;
const MINUTE_MS = 60_000;
/** Who and what is counted at most; beyond that, what was counted first is forgotten. */
const MOST_COUNTED = 20_000;
/** No longer credential is ever looked at, so none is hashed. */
const LONGEST = 8_192;

/** What a credential was that was wrong. */
export type WrongCredential =
  | { readonly kind: 'token'; readonly text: string; readonly fault: TokenFault }
  | { readonly kind: 'code' | 'session'; readonly text: string };

/** Slows down who tries tokens, codes or session ids, and nobody else. */
export interface SignIns {
  /** Counts a credential that was looked at and was wrong; the answer to it. */
  failed(request: Sender, wrong: WrongCredential): Problem;
  /** Counts one that was right and is to become a session. True: the answer was sent, it is one too many. */
  refused(request: FastifyRequest, reply: FastifyReply): Promise<boolean>;
}

/** Told only after the issuer's signature was found right: whoever sends this was let in once, and guesses nothing. */
const SIGNED: ReadonlySet<TokenFault> = new Set<TokenFault>([
  'type',
  'expired',
  'not_yet_valid',
  'issuer',
  'audience',
  'claims',
  'user_id',
]);

/**
 * Nothing is refused unseen: a credential costs less to look at than a request costs anyway, and behind a proxy all have one
 * address, so that a wrong one must never keep out who is right. Failures alone are counted, by what failed and, where it may be
 * a guess, by address. A session's id is no guess: those of before a restart come by the hundred, and must be told to sign in.
 */
export function createSignIns(
  clock: Pick<Clock, 'monotonic'>,
  addressOf: (sender: Sender) => string,
  limiter: Limiter,
): SignIns {
  const things = createWindowCounter(MINUTE_MS, MOST_COUNTED);
  const addresses = createWindowCounter(MINUTE_MS, MOST_COUNTED);
  return {
    failed(request, wrong) {
      const now = clock.monotonic();
      const ofThing = things.count(thingOf(wrong), now);
      const ofAddress = isGuess(wrong) ? addresses.count(networkOf(addressOf(request)), now) : null;
      const waits = [
        ...(ofThing.count > MOST_OF_ONE_THING ? [ofThing.resetMs] : []),
        ...(ofAddress !== null && ofAddress.count > MOST_GUESSES ? [ofAddress.resetMs] : []),
      ];
      if (waits.length === 0) return AUTH_REQUIRED_PROBLEM;
      return tooManyCalls({ resetSeconds: Math.ceil(Math.max(...waits) / 1_000) });
    },
    refused: async (request, reply) => (await limiter(request, reply)) !== undefined,
  };
}

function isGuess(wrong: WrongCredential): boolean {
  return wrong.kind === 'code' || (wrong.kind === 'token' && !SIGNED.has(wrong.fault));
}

/** Of a token what it claims, whatever its signature; hashed, so that nothing of it is kept. */
function thingOf({ kind, text }: WrongCredential): string {
  const start = text.slice(0, LONGEST);
  const end = kind === 'token' ? start.lastIndexOf('.') : -1;
  const thing = end < 0 ? start : start.slice(0, end);
  return createHash('sha256').update(`${kind} ${thing}`).digest('base64url');
}
