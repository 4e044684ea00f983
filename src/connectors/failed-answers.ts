import type { Failure } from '../domain/outcome.ts';

/** What a connector makes of answers that tell less than they should. */
export interface FailedAnswers {
  /** `what` was answered, as in “a search”. */
  inAnotherShape(what: string, status: number): Failure;
  /** A 2xx without an id says neither yes nor no: it may be a proxy's page or an error in a success's clothes. */
  createWithoutId(status: number): Failure;
  /** 404 and rejections of a look-up say that the look-up failed, never that there is no such record. */
  notAnAbsence(failure: Failure): Failure;
}

export interface FailedAnswersOptions {
  /** Whose refusal the connector itself says that a rejection is stays so. Absent: a look-up that is rejected has failed, whosever it is. */
  readonly keepsWhose?: true;
  /** The CRM's own words come behind ours. */
  readonly quotes?: true;
}

/** `crm`: as people call it, at the beginning of a sentence. */
export function failedAnswers(crm: string, { keepsWhose, quotes }: FailedAnswersOptions = {}): FailedAnswers {
  const isKept = (failure: Failure): boolean =>
    failure.kind === 'rejected'
      ? keepsWhose === true && failure.whose !== undefined
      : failure.kind !== 'gone';
  return {
    inAnotherShape(what, status) {
      const detail = `${crm} answered ${what} in another shape.`;
      return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail, status };
    },
    createWithoutId(status) {
      const detail = `${crm} answered a create without an id.`;
      return { kind: 'ambiguous', code: 'ANSWER_WITHOUT_ID', detail, status };
    },
    notAnAbsence(failure) {
      if (isKept(failure)) return failure;
      const said = `${crm} refused a look-up (${failure.code}).`;
      return {
        kind: 'retry_later',
        code: 'LOOK_UP_FAILED',
        detail: quotes === true ? `${said} ${failure.detail}` : said,
        status: failure.kind === 'rejected' ? failure.status : 404,
        ...('answer' in failure && failure.answer && { answer: failure.answer }),
      };
    },
  };
}
