import { afterFailure, countsAsAttempt, type RetryPolicy } from '../domain/deciding/after-failure.ts';
import { deliveryLetterId } from '../domain/dead-letter.ts';
import type { DeadLetterMark, Lane, RunResult } from '../domain/link.ts';
import type { Failure, FieldError } from '../domain/outcome.ts';
import type { LinkPatch, NextLook } from '../state-store/link-store.port.ts';
import type { DeliveryEnd, Note, UnsentDelivery } from './steps/delivery.ts';

/** What the end of a delivery means for its link, its timeline and its run. */
export interface Closing {
  readonly next: NextLook;
  readonly patch: LinkPatch;
  readonly notes: readonly Note[];
  /** Null: the run that the link may carry learns nothing. */
  readonly result: RunResult | null;
  /** Where the record was given up. */
  readonly dead: DeadLetterMark | null;
}

export interface ClosingFacts {
  readonly now: number;
  /** 0 to 1, for jitter. */
  readonly chance: number;
  /** Until when the CRM as a whole is left alone, epoch ms; null where it isn't. */
  readonly blockedUntil: number | null;
  readonly retry: RetryPolicy;
  readonly searchLagMs: number;
  readonly mappingVersion: string;
  readonly connectionEpoch: number;
}

/** Nothing more to do: the usual good end of a delivery. */
export const RESTED: LinkPatch = {
  attempts: 0,
  notBefore: null,
  quietUntil: null,
  waitingSince: null,
  dead: null,
  untold: false,
};

/** On these lanes a link that was dead is tried again for its letter's sake: `retry` is where a replay's back-off goes. */
const REPLAYING: readonly Lane[] = ['replay', 'retry'];

const WRITTEN_WORDS = {
  created: 'Created in the CRM.',
  updated: 'Updated in the CRM.',
  deleted: 'Deleted in the CRM.',
} as const;

/** How long the change that was delivered had been waiting, ms; null where nothing waited. */
export function latencyOf({ claimed: { dirtySince } }: UnsentDelivery, now: number): number | null {
  return dirtySince === null ? null : Math.max(0, now - dirtySince);
}

/** Decides. Pure. */
export function closingOf(delivery: UnsentDelivery, end: DeliveryEnd, facts: ClosingFacts): Closing {
  const { link } = delivery;
  const none = { notes: [], result: null, dead: null };
  switch (end.kind) {
    case 'rest':
      return { ...none, next: { kind: 'rest' }, patch: RESTED, result: end.result };
    case 'written': {
      const { what, changed, replaced } = end;
      const latencyMs = latencyOf(delivery, facts.now);
      const took = Object.keys(replaced).length > 0 ? { replaced } : {};
      const notes = [{ code: what, detail: WRITTEN_WORDS[what], changed, latencyMs, ...took }];
      const result = end.isFinished === true ? 'created' : what;
      return { ...none, next: { kind: 'rest' }, patch: RESTED, notes, result };
    }
    case 'hold': {
      const { quietUntil, result = null } = end;
      return {
        ...none,
        next: { kind: 'keep' },
        patch: quietUntil === undefined ? {} : { quietUntil },
        result,
      };
    }
    case 'wait_for_references': {
      const waitingSince = link.waitingSince ?? facts.now;
      return { ...none, next: { kind: 'at', at: end.until }, patch: { waitingSince } };
    }
    case 'postponed': {
      const { notBefore } = end;
      return { ...none, next: { kind: 'back_off' }, patch: { notBefore }, result: 'retrying' };
    }
    case 'uncertain': {
      const { code: reason, detail } = end.failure;
      return {
        ...none,
        next: { kind: 'keep' },
        patch: {
          quietUntil: end.quietUntil,
          attempts: link.attempts + (countsAsAttempt(end.failure) ? 1 : 0),
        },
        notes: [{ code: 'create_uncertain', reason, detail, errors: wordsOf(end.failure) }],
        result: countsAsAttempt(end.failure) ? 'retrying' : null,
      };
    }
    case 'in_job':
      return { ...none, next: { kind: 'keep' }, patch: { quietUntil: end.lookAgainAt } };
    case 'look_again':
      return lookAgain(delivery, end.failure, facts);
    case 'failed':
      return afterFailedCall(delivery, end.failure, facts);
    case 'given_up':
      return givenUp(delivery, { ...end, rejected: null }, facts);
  }
}

/** For so long what the CRM's search may yet show is no attempt, ms. */
const LOOK_AGAIN_FOR_MS = 60_000;

/** After the search lag, which explains most of it, then less and less often; what outlasts that is a failure as any. */
function lookAgain(delivery: UnsentDelivery, failure: Failure, facts: ClosingFacts): Closing {
  const { now, searchLagMs } = facts;
  const waitingSince = delivery.link.waitingSince ?? now;
  const waited = now - waitingSince;
  if (waited >= LOOK_AGAIN_FOR_MS) return afterFailedCall(delivery, failure, facts);
  return {
    next: { kind: 'back_off' },
    patch: { notBefore: now + Math.max(searchLagMs, waited), waitingSince },
    notes: [{ code: 'retrying', reason: failure.code, detail: failure.detail }],
    result: 'retrying',
    dead: null,
  };
}

function afterFailedCall(delivery: UnsentDelivery, failure: Failure, facts: ClosingFacts): Closing {
  const verdict = afterFailure({
    failure,
    attempts: delivery.link.attempts,
    blockedUntil: facts.blockedUntil,
    policy: facts.retry,
    now: facts.now,
    chance: facts.chance,
  });
  const notes = notesOf(failure);
  switch (verdict.kind) {
    case 'give_up': {
      const { code, detail } = verdict;
      return givenUp(
        delivery,
        { code, detail, rejected: failure.kind === 'rejected' ? failure : null },
        facts,
      );
    }
    case 'hold':
      return { next: { kind: 'keep' }, patch: {}, notes, result: null, dead: null };
    case 'back_off': {
      const { notBefore, attempts } = verdict;
      // What is about the CRM as a whole, or a pause that it asked for, is no try of this record's.
      const tried = countsAsAttempt(failure) ? 'retrying' : null;
      const result = delivery.desired.record === null ? 'skipped' : tried;
      return { next: { kind: 'back_off' }, patch: { notBefore, attempts }, notes, result, dead: null };
    }
  }
}

function notesOf(failure: Failure): Note[] {
  const { kind, code: reason, detail } = failure;
  const errors = wordsOf(failure);
  // What we held back ourselves is no news of the record's.
  if (kind === 'withheld') return [];
  if (kind === 'rate_limited') return [{ code: 'rate_limited', reason, detail }];
  return [{ code: kind === 'unauthorised' ? 'needs_reauth' : 'retrying', reason, detail, errors }];
}

/** What the CRM, or a connector of somebody's own, said in its words. */
function wordsOf(failure: Failure): readonly FieldError[] {
  const { kind } = failure;
  return kind === 'retry_later' || kind === 'ambiguous' ? (failure.fields ?? []) : [];
}

interface GivenUp {
  readonly code: string;
  readonly detail: string;
  /** Where the CRM refused the record. */
  readonly rejected: Extract<Failure, { kind: 'rejected' }> | null;
}

/** The record is set aside until it changes or a person asks; the rest goes on. */
function givenUp(
  { claimed, link, desired }: UnsentDelivery,
  { code, detail, rejected }: GivenUp,
  { now, mappingVersion, connectionEpoch }: ClosingFacts,
): Closing {
  const errors = rejected?.fields ?? [];
  const revision = desired.record?.revision ?? claimed.wanted;
  const id = deliveryLetterId(claimed.id, revision, mappingVersion);
  // The same content under the same mapping and connection goes on counting its replays; whatever is newer starts anew.
  const same = claimed.dead?.id === id && claimed.dead.connectionEpoch === connectionEpoch;
  const before = same ? claimed.dead : null;
  const dead: DeadLetterMark = {
    id,
    code,
    detail,
    fields: errors,
    at: now,
    firstAt: before?.firstAt ?? now,
    revision,
    mapping: mappingVersion,
    connectionEpoch,
    attempts: link.attempts + 1,
    replays: before === null ? 0 : before.replays + (REPLAYING.includes(claimed.lane) ? 1 : 0),
  };
  return {
    next: { kind: 'rest' },
    patch: { dead, untold: true, attempts: 0, notBefore: null, waitingSince: null },
    notes: [{ code: rejected === null ? 'dead' : 'rejected', reason: code, detail, errors }],
    result: 'failed',
    dead,
  };
}
