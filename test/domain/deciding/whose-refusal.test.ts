import { describe, expect, it } from '@jest/globals';
import { BODY_FORMS, type BodyForm, type Failure } from '../../../src/domain/outcome.ts';
import {
  asJudged,
  asksAuthenticate,
  VERIFY_ANSWERS,
  whoseRefusal,
  type Refusal,
  type RefusedVerb,
} from '../../../src/domain/deciding/whose-refusal.ts';

/** One row of the table. `text` where the verdict is said as `whose: what follows`. */
interface Row {
  readonly status: number;
  readonly form: BodyForm;
  readonly verify: Refusal['verify'];
  readonly verb: RefusedVerb;
  readonly retryAfter: boolean;
  readonly limited: boolean;
  readonly othersToo: boolean;
}

const VERBS: readonly RefusedVerb[] = ['find', 'read', 'list', 'create', 'update', 'delete'];
const STATUSES = Array.from({ length: 400 }, (_none, at) => 200 + at);
const BOTH = [false, true];

function* rows(): Generator<Row> {
  for (const status of STATUSES)
    for (const form of BODY_FORMS)
      for (const verify of VERIFY_ANSWERS)
        for (const verb of VERBS)
          for (const retryAfter of BOTH)
            for (const limited of status === 403 ? BOTH : [false])
              for (const othersToo of verify === 'well' ? BOTH : [false])
                yield { status, form, verify, verb, retryAfter, limited, othersToo };
}

function verdict({ status, form, verify, verb, retryAfter, limited, othersToo }: Row): string {
  const answer = { status, form, limited, retryAfterMs: retryAfter ? 2_000 : null };
  const found = whoseRefusal({ answer, verb, verify, othersToo });
  return found === null ? 'no refusal' : `${found.whose}: ${found.follows}`;
}

// The contract's sentences, each with the rows that it is about; no row is about two of them.
const within = (status: number, from: number, to: number) => status >= from && status <= to;
const isOwn = ({ form }: Row) => ['json', 'empty'].includes(form);
const isSuccess = (row: Row) => within(row.status, 200, 299) && isOwn(row);
const isForeign = (row: Row) => within(row.status, 300, 399) || !isOwn(row);
const isPause = ({ status, retryAfter, limited }: Row) => status === 403 && (retryAfter || limited);
const isOpen = (row: Row) => !isSuccess(row) && row.status !== 429 && !isPause(row);
const isOfItsOwn = (row: Row) => isOpen(row) && row.verify === 'well' && !isForeign(row);
const isIn = ({ status }: Row, ...statuses: number[]) => statuses.includes(status);
const isWrite = ({ verb }: Row) => ['create', 'update', 'delete'].includes(verb);
const SAME_FOR_ALL = ['foreign', 'same', 'unreachable'];

const SENTENCES: readonly {
  readonly says: string;
  readonly of: (row: Row) => boolean;
  readonly is: string;
}[] = [
  { says: 'a 2xx in the CRM’s own form is a success', of: isSuccess, is: 'no refusal' },
  { says: 'a 429 is a pause, whatever its body', of: (row) => row.status === 429, is: 'account: pause' },
  {
    says: 'a 403 that names a limit or a time is a pause',
    of: (row) => isPause(row) && !['refused', 'application'].includes(row.verify),
    is: 'account: pause',
  },
  {
    says: 'where the CRM refuses the credentials too, they are refused',
    of: (row) => (isOpen(row) || isPause(row)) && row.verify === 'refused',
    is: 'account: new_credentials',
  },
  {
    says: 'where the CRM refuses this service itself, everything waits for its operator, and nobody enters credentials',
    of: (row) => (isOpen(row) || isPause(row)) && row.verify === 'application',
    is: 'application: wait',
  },
  {
    says: 'what verify gets as well, or something else that is no answer to it, is an outage',
    of: (row) => isOpen(row) && SAME_FOR_ALL.includes(row.verify),
    is: 'outage: wait',
  },
  {
    says: 'what two records get that is not the CRM’s is an outage',
    of: (row) => isOpen(row) && row.verify === 'well' && isForeign(row) && row.othersToo,
    is: 'outage: wait',
  },
  {
    says: 'what one record gets that is not the CRM’s is that record’s',
    of: (row) => isOpen(row) && row.verify === 'well' && isForeign(row) && !row.othersToo,
    is: 'record: attempt',
  },
  {
    says: 'a stray 401 is tried again, and so is what asks for it',
    of: (row) => isOfItsOwn(row) && isIn(row, 401, 408, 423, 425),
    is: 'request: attempt',
  },
  {
    says: 'a 404 or 410 to what was addressed by its id is gone',
    of: (row) => isOfItsOwn(row) && isIn(row, 404, 410) && ['read', 'update', 'delete'].includes(row.verb),
    is: 'record: gone',
  },
  {
    says: 'a 404 or 410 to a search, a listing or a create is no absence',
    of: (row) => isOfItsOwn(row) && isIn(row, 404, 410) && ['find', 'list', 'create'].includes(row.verb),
    is: 'record: attempt',
  },
  {
    says: 'another 4xx to a write is that record’s, for good',
    of: (row) =>
      isOfItsOwn(row) &&
      isWrite(row) &&
      within(row.status, 400, 499) &&
      !isIn(row, 401, 404, 408, 410, 423, 425),
    is: 'record: give_up',
  },
  {
    says: 'another 4xx to a look-up says that it failed',
    of: (row) =>
      isOfItsOwn(row) &&
      !isWrite(row) &&
      within(row.status, 400, 499) &&
      !isIn(row, 401, 404, 408, 410, 423, 425),
    is: 'record: attempt',
  },
  {
    says: 'a 5xx while verify is well is that record’s',
    of: (row) => isOfItsOwn(row) && within(row.status, 500, 599),
    is: 'record: attempt',
  },
];

describe('whose a refusal is', () => {
  it('is said by just one sentence of the contract for each row, and so it is', () => {
    const wrong: unknown[] = [];
    const used = new Map<string, number>();
    let count = 0;
    for (const row of rows()) {
      count += 1;
      const said = SENTENCES.filter(({ of }) => of(row));
      const [only] = said;
      if (said.length !== 1 || only === undefined || only.is !== verdict(row))
        wrong.push({ ...row, got: verdict(row), said: said.map(({ says }) => says) });
      else used.set(only.says, (used.get(only.says) ?? 0) + 1);
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(count).toBeGreaterThan(120_000);
    expect([...used.keys()]).toHaveLength(SENTENCES.length);
  });

  it('without an answer hangs on what verify gets alone', () => {
    for (const verb of VERBS) {
      const of = (verify: Refusal['verify']) =>
        whoseRefusal({ answer: null, verb, verify, othersToo: false });
      expect(of('well')).toEqual({ whose: 'record', follows: 'attempt' });
      expect(of('refused')).toEqual({ whose: 'account', follows: 'new_credentials' });
      expect(of('application')).toEqual({ whose: 'application', follows: 'wait' });
      for (const verify of ['foreign', 'same', 'unreachable'] as const)
        expect(of(verify)).toEqual({ whose: 'outage', follows: 'wait' });
    }
  });

  it('is asked of verify only where its answer matters', () => {
    for (const row of rows()) {
      const answer = { ...row, retryAfterMs: row.retryAfter ? 2_000 : null };
      if (asksAuthenticate(answer)) continue;
      const verdicts = VERIFY_ANSWERS.map((verify) => verdict({ ...row, verify, othersToo: false }));
      expect(new Set(verdicts).size).toBe(1);
    }
    expect(asksAuthenticate(null)).toBe(true);
  });
});

const FAILURES: readonly Failure[] = [
  { kind: 'retry_later', code: 'CRM_FAILED', detail: 'x', status: 503 },
  { kind: 'ambiguous', code: 'TIMEOUT', detail: 'x', status: null },
  { kind: 'gone', code: 'NOT_FOUND', detail: 'x' },
  { kind: 'unauthorised', code: 'CREDENTIALS_REFUSED', detail: 'x', status: 401 },
  {
    kind: 'rejected',
    code: 'CONFLICT',
    detail: 'x',
    status: 409,
    fields: [{ field: 'email', message: 'taken' }],
  },
];

describe('a failure that was judged', () => {
  it('that may have taken effect stays so, whoever’s it is', () => {
    for (const verdictOf of ['attempt', 'wait', 'new_credentials'] as const) {
      const judged = asJudged(FAILURES[1] as Failure, { whose: 'outage', follows: verdictOf });
      expect(judged.kind).toBe('ambiguous');
    }
  });

  it('is of the kind that its verdict names, with its code, and says whose it is', () => {
    const kinds = {
      attempt: 'retry_later',
      wait: 'retry_later',
      new_credentials: 'unauthorised',
      give_up: 'rejected',
      gone: 'gone',
      pause: 'rate_limited',
    } as const;
    for (const failure of FAILURES.filter(({ kind }) => kind !== 'ambiguous')) {
      for (const [follows, kind] of Object.entries(kinds)) {
        const judged = asJudged(failure, { whose: 'record', follows: follows as keyof typeof kinds });
        expect(judged).toMatchObject({ kind, whose: 'record' });
        if (kind !== 'unauthorised') expect(judged.code).toBe(failure.code);
      }
    }
    const refusal = asJudged(FAILURES[4] as Failure, { whose: 'record', follows: 'give_up' });
    expect(refusal).toMatchObject({ fields: [{ field: 'email', message: 'taken' }] });
  });
});
