import { isForeign, type AnswerSign, type Failure, type RefusalOwner } from '../outcome.ts';

/**
 * What `authenticate` gets now, beside the answer in question: it is taken, refused in the CRM's own form, refused for this service's own
 * sake (a key of its operator's, whoever's credentials come with it), answered by something that is not the CRM, answered with the very status that is in question, or not answered in any way that says more.
 */
export const VERIFY_ANSWERS = ['well', 'refused', 'application', 'foreign', 'same', 'unreachable'] as const;
export type VerifyAnswer = (typeof VERIFY_ANSWERS)[number];

/** What a call was for, as far as the meaning of its refusal depends on that. */
export type RefusedVerb = 'find' | 'read' | 'list' | 'create' | 'update' | 'delete';

/**
 * What a refusal leads to: a counted attempt of this record, a pause that counts for nobody, new credentials, the record given up, the
 * CRM record gone, or a wait of everything for the CRM that counts for nobody.
 */
export type Consequence = 'attempt' | 'pause' | 'new_credentials' | 'give_up' | 'gone' | 'wait';

export interface RefusalVerdict {
  readonly whose: RefusalOwner;
  readonly follows: Consequence;
}

export interface Refusal {
  /** Null: no answer came, or it could not be read as HTTP. */
  readonly answer: AnswerSign | null;
  readonly verb: RefusedVerb;
  readonly verify: VerifyAnswer;
  /** Another record got a foreign answer, too, and nothing succeeded in between. */
  readonly othersToo: boolean;
  /** The CRM says that it refuses this service itself. Absent: it doesn't. */
  readonly ofApplication?: boolean;
}

const ATTEMPT = { whose: 'record', follows: 'attempt' } as const;
const OUTAGE = { whose: 'outage', follows: 'wait' } as const;
const REFUSED = { whose: 'account', follows: 'new_credentials' } as const;
/** A key of the operator's: nobody's credentials, and nobody's record. */
const OURS = { whose: 'application', follows: 'wait' } as const;
const PAUSE = { whose: 'account', follows: 'pause' } as const;
/** The CRM asks to send this one again, or stumbled over credentials that it takes. */
const STRAY = { whose: 'request', follows: 'attempt' } as const;

const STRAY_STATUSES: ReadonlySet<number> = new Set([401, 408, 423, 425]);
const GONE_STATUSES: ReadonlySet<number> = new Set([404, 410]);
const LOOKS: ReadonlySet<RefusedVerb> = new Set(['find', 'read', 'list']);
/** Whoever addresses a record by its id can learn that it isn't there. */
const BY_ID: ReadonlySet<RefusedVerb> = new Set(['read', 'update', 'delete']);

/** Whether what an answer means depends on what `authenticate` gets. A success and a 429 speak for themselves. */
export function asksAuthenticate(answer: AnswerSign | null): boolean {
  return answer === null || !(isSuccess(answer) || answer.status === 429);
}

/** Whether an answer asks for a pause: 429 always, 403 where it names a limit or a time. */
export function isLimit({ status, limited, retryAfterMs }: AnswerSign): boolean {
  return status === 429 || (status === 403 && (limited || retryAfterMs !== null));
}

/** Whose refusal it is, and what follows. Null: it is none. Pure, and the only place that says so. */
export function whoseRefusal({
  answer,
  verb,
  verify,
  othersToo,
  ofApplication = false,
}: Refusal): RefusalVerdict | null {
  if (answer !== null) {
    if (isSuccess(answer)) return null;
    if (answer.status === 429) return PAUSE;
    if (isLimit(answer)) return verify === 'refused' ? REFUSED : verify === 'application' ? OURS : PAUSE;
  }
  switch (verify) {
    case 'refused':
      return REFUSED;
    case 'application':
      return OURS;
    case 'foreign':
    case 'same':
    case 'unreachable':
      return OUTAGE;
    case 'well':
      if (ofApplication) return STRAY;
      return answer === null ? ATTEMPT : whileWell(answer, verb, othersToo);
  }
}

/** The CRM takes the credentials, so it is there: it is about less than everything. */
function whileWell(answer: AnswerSign, verb: RefusedVerb, othersToo: boolean): RefusalVerdict {
  const { status } = answer;
  if (isForeign(answer)) return othersToo ? OUTAGE : ATTEMPT;
  if (STRAY_STATUSES.has(status)) return STRAY;
  if (GONE_STATUSES.has(status)) return BY_ID.has(verb) ? { whose: 'record', follows: 'gone' } : ATTEMPT;
  // A look-up that is refused never says that nothing is there.
  const isFinal = status >= 400 && status < 500 && !LOOKS.has(verb);
  return isFinal ? { whose: 'record', follows: 'give_up' } : ATTEMPT;
}

function isSuccess({ status, form }: AnswerSign): boolean {
  return status >= 200 && status < 300 && (form === 'json' || form === 'empty');
}

const WAITS = 'The CRM as a whole does not answer as it should; the work waits for it.';
const WAITS_FOR_OPERATOR = 'Whoever runs this service can mend that; the work waits for it.';

/**
 * The failure as its verdict has it. What may have taken effect in the CRM stays `ambiguous`, whoever's it is: it has to be looked for
 * before it is repeated.
 *
 * @param said where something else than the failure itself tells the reason: what `authenticate` got
 */
export function asJudged(
  failure: Failure,
  { whose, follows }: RefusalVerdict,
  { code, detail }: Pick<Failure, 'code' | 'detail'> = failure,
): Failure {
  const { answer } = failure;
  const status = 'status' in failure ? failure.status : (answer?.status ?? null);
  const said = { ...(answer !== undefined && { answer }), whose };
  switch (follows) {
    case 'wait':
    case 'attempt': {
      const reason = whose === 'application' ? WAITS_FOR_OPERATOR : WAITS;
      const text = follows === 'wait' ? `${detail} ${reason}` : detail;
      if (failure.kind === 'ambiguous') return { ...failure, code, detail: text, whose };
      return { kind: 'retry_later', code, detail: text, status, ...said };
    }
    case 'new_credentials': {
      if (failure.kind === 'ambiguous') return { ...failure, whose };
      const text = 'The CRM refuses the credentials.';
      return {
        kind: 'unauthorised',
        code: failure.kind === 'unauthorised' ? code : 'CREDENTIALS_REFUSED',
        detail: text,
        status: status ?? 0,
        ...said,
      };
    }
    case 'give_up': {
      const fields = 'fields' in failure ? (failure.fields ?? []) : [];
      return { kind: 'rejected', code, detail, status, fields, ...said };
    }
    case 'gone':
      return { kind: 'gone', code, detail, ...said };
    case 'pause': {
      const retryAfterMs =
        failure.kind === 'rate_limited' ? failure.retryAfterMs : (answer?.retryAfterMs ?? null);
      return { kind: 'rate_limited', code, detail, retryAfterMs, ...said };
    }
  }
}
