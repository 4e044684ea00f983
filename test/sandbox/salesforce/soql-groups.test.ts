import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSfSandbox, type SfInProcess } from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import type { Json } from '../../../src/domain/json.ts';
import { callSf, errorOf } from '../sf-caller.ts';
import { object, objects } from '../vault-caller.ts';

let sandbox: SfInProcess;

beforeEach(async () => {
  sandbox = createSfSandbox();
  const people = [
    ['Able', 'ann@x.example'],
    ['Baker', 'bob@x.example'],
    ['Able', 'ann@x.example'],
    ['Able', 'abe@x.example'],
  ];
  for (const [LastName = '', Email = ''] of people)
    await callSf(sandbox, 'POST', '/sobjects/Contact', { body: { LastName, Email } });
  const deals = [
    ['2025-03-31', 10],
    ['2026-12-31', 20],
    ['2026-01-01', 5],
  ] as const;
  for (const [CloseDate, Amount] of deals)
    await callSf(sandbox, 'POST', '/sobjects/Opportunity', {
      body: { Name: CloseDate, StageName: 'Prospecting', CloseDate, Amount },
    });
});

afterEach(() => sandbox.close());

const asked = (soql: string) => callSf(sandbox, 'GET', `/query?q=${encodeURIComponent(soql)}`);

/** The rows without what every row has. */
async function rows(soql: string): Promise<Json[]> {
  const answer = await asked(soql);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return objects(object(answer.body)['records']).map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'attributes')),
  );
}

describe('SOQL of groups', () => {
  it('tells which e-mails are there more than once', async () => {
    expect(await rows('SELECT Email, COUNT(Id) n FROM Contact GROUP BY Email HAVING COUNT(Id) > 1')).toEqual([
      { Email: 'ann@x.example', n: 2 },
    ]);
    expect(
      await rows("SELECT c.LastName FROM Contact c GROUP BY c.LastName HAVING c.LastName LIKE 'b%'"),
    ).toEqual([{ LastName: 'Baker' }]);
  });

  it('puts them in the order of what is counted', async () => {
    expect(
      await rows(
        'SELECT Email, COUNT(Id) FROM Contact GROUP BY Email ORDER BY COUNT(Id) DESC, Email LIMIT 2',
      ),
    ).toEqual([
      { Email: 'ann@x.example', expr0: 2 },
      { Email: 'abe@x.example', expr0: 1 },
    ]);
  });

  it('groups by what is made of dates, and asks for it', async () => {
    expect(
      await rows(
        'SELECT CALENDAR_YEAR(CloseDate) y, SUM(Amount) s FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate) ORDER BY CALENDAR_YEAR(CloseDate)',
      ),
    ).toEqual([
      { y: 2025, s: 10 },
      { y: 2026, s: 25 },
    ]);
    expect(
      await rows(
        'SELECT CALENDAR_MONTH(CloseDate), MAX(Amount) FROM Opportunity WHERE CALENDAR_YEAR(CloseDate) = 2026 GROUP BY CALENDAR_MONTH(CloseDate) ORDER BY MAX(Amount)',
      ),
    ).toEqual([
      { expr0: 1, expr1: 5 },
      { expr0: 12, expr1: 20 },
    ]);
    expect(
      await rows(
        'SELECT DAY_ONLY(convertTimezone(CreatedDate)) d FROM Contact GROUP BY DAY_ONLY(convertTimezone(CreatedDate))',
      ),
    ).toHaveLength(1);
  });

  it.each([
    'SELECT CALENDAR_YEAR(CloseDate) FROM Opportunity',
    'SELECT LastName, COUNT(Id) FROM Contact GROUP BY Email',
    'SELECT Email FROM Contact GROUP BY Email HAVING LastName = null',
  ])('refuses %s', async (soql) => {
    expect(errorOf(await asked(soql))).toEqual([400, 'MALFORMED_QUERY', undefined]);
  });

  it('takes no year of a text', async () => {
    const soql = 'SELECT COUNT(Id) FROM Contact GROUP BY CALENDAR_YEAR(LastName)';
    expect(errorOf(await asked(soql))).toEqual([400, 'INVALID_FIELD', undefined]);
  });

  it('needs no LIMIT for the standard fields, whose number is known', async () => {
    expect(await rows('SELECT FIELDS(STANDARD) FROM Contact')).toHaveLength(4);
    expect(errorOf(await asked('SELECT FIELDS(ALL) FROM Contact'))).toEqual([
      400,
      'MALFORMED_QUERY',
      undefined,
    ]);
  });
});
