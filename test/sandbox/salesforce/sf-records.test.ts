import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createSfSandbox,
  type SfInProcess,
  type SfSandboxOptions,
} from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { callSf, errorOf, found } from '../sf-caller.ts';
import { object, objects } from '../vault-caller.ts';

let sandbox: SfInProcess;

function start(options: SfSandboxOptions = {}): void {
  sandbox = createSfSandbox(options);
}

afterEach(() => sandbox.close());

const made = async (
  type: string,
  body: Record<string, string | number | boolean | null>,
): Promise<string> => {
  const answer = await callSf(sandbox, 'POST', `/sobjects/${type}`, { body });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return String(object(answer.body)['id']);
};

describe('a record', () => {
  it.each([
    [{ FirstName: 'Ann' }, 'REQUIRED_FIELD_MISSING', ['LastName']],
    [{ LastName: 'x'.repeat(81) }, 'STRING_TOO_LONG', ['LastName']],
    [{ LastName: 'x', Email: 'none' }, 'INVALID_EMAIL_ADDRESS', ['Email']],
    [{ LastName: 'x', Nope: 1 }, 'INVALID_FIELD', undefined],
    [{ LastName: 'x', AccountId: '0035g0000000001AAA' }, 'MALFORMED_ID', ['AccountId']],
    [{ LastName: 'x', AccountId: 'junk' }, 'MALFORMED_ID', ['AccountId']],
    [{ LastName: 'x', AccountId: '0015g0000000099AAA' }, 'INVALID_CROSS_REFERENCE_KEY', undefined],
    [
      { LastName: 'x', CreatedDate: '2020-01-01T00:00:00Z' },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      ['CreatedDate'],
    ],
    [{ LastName: 5 }, 'JSON_PARSER_ERROR', undefined],
  ])('with %j is refused as %s', async (body, code, fields) => {
    start();
    expect(errorOf(await callSf(sandbox, 'POST', '/sobjects/Contact', { body }))).toEqual([
      400,
      code,
      fields,
    ]);
    expect(sandbox.records('Contact')).toEqual([]);
  });

  it('takes no text for an amount, and any stage where stages aren’t restricted', async () => {
    start();
    const deal = { Name: 'Deal', StageName: 'Nowhere', CloseDate: '2027-01-01' };
    const wrong = await callSf(sandbox, 'POST', '/sobjects/Opportunity', {
      body: { ...deal, Amount: 'much' },
    });
    expect(errorOf(wrong)).toEqual([400, 'JSON_PARSER_ERROR', undefined]);
    await made('Opportunity', deal);
    sandbox.configure({ restrictedStages: true });
    expect(errorOf(await callSf(sandbox, 'POST', '/sobjects/Opportunity', { body: deal }))).toEqual([
      400,
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      ['StageName'],
    ]);
  });

  it('that isn’t there is told apart by what is asked', async () => {
    start();
    const id = '0035g0000000009AAA';
    expect(errorOf(await callSf(sandbox, 'GET', `/sobjects/Contact/${id}`))).toEqual([
      404,
      'NOT_FOUND',
      undefined,
    ]);
    const change = await callSf(sandbox, 'PATCH', `/sobjects/Contact/${id}`, { body: { LastName: 'x' } });
    expect(errorOf(change)).toEqual([404, 'INVALID_CROSS_REFERENCE_KEY', undefined]);
    const gone = await made('Contact', { LastName: 'x' });
    sandbox.deleteRecord('Contact', gone);
    expect(errorOf(await callSf(sandbox, 'DELETE', `/sobjects/Contact/${gone}`))).toEqual([
      404,
      'ENTITY_IS_DELETED',
      undefined,
    ]);
    expect((await callSf(sandbox, 'GET', `/sobjects/Contact/${gone}`)).status).toBe(404);
  });

  it('is found by 15 characters as they are, and by 18 in any case', async () => {
    start();
    for (let count = 0; count < 40; count += 1) sandbox.seed('Contact', [{ LastName: `P${count}` }]);
    const [record] = sandbox.records('Contact').slice(-1);
    const id = String(record?.id);
    for (const name of [id, id.slice(0, 15), id.toLowerCase(), id.toUpperCase()])
      expect(object((await callSf(sandbox, 'GET', `/sobjects/Contact/${name}`)).body)['Id']).toBe(id);
  });

  it('keeps external ids unique, and letter case apart', async () => {
    start();
    await made('Contact', { LastName: 'x', ZenaId__c: 'abc' });
    await made('Contact', { LastName: 'x', ZenaId__c: 'ABC' });
    const again = await callSf(sandbox, 'POST', '/sobjects/Contact', {
      body: { LastName: 'x', ZenaId__c: 'abc' },
    });
    expect(errorOf(again)).toEqual([400, 'DUPLICATE_VALUE', []]);
    expect(await found(sandbox, "SELECT Id FROM Contact WHERE ZenaId__c = 'abc'")).toHaveLength(1);
    sandbox.configure({ externalIds: 'repeated' });
    const many = await callSf(sandbox, 'PATCH', '/sobjects/Contact/ZenaId__c/abc', {
      body: { LastName: 'y' },
    });
    expect([many.status, (many.body as string[]).length]).toEqual([300, 2]);
    expect(sandbox.records('Contact').map(({ LastName }) => LastName)).toEqual(['x', 'x']);
  });

  it('is made and changed by its external id', async () => {
    start();
    const path = '/sobjects/Contact/ZenaId__c/z1';
    const upserted = (query = '', body: Record<string, string> = { LastName: 'Lee' }) =>
      callSf(sandbox, 'PATCH', `${path}${query}`, { body });
    expect((await upserted('?updateOnly=true')).status).toBe(404);
    expect([(await upserted()).status, object((await upserted()).body)['created']]).toEqual([201, false]);
    expect(
      (await callSf(sandbox, 'PATCH', `/services/data/v45.0${path}`, { body: { LastName: 'Lee' } })).status,
    ).toBe(204);
    expect(errorOf(await upserted('', { ZenaId__c: 'z1' }))).toEqual([400, 'INVALID_FIELD', undefined]);
    expect((await callSf(sandbox, 'PATCH', '/sobjects/Contact/Title/z1', { body: {} })).status).toBe(404);
  });

  it('is refused for duplicates where a rule says so, unless the caller insists', async () => {
    start({ duplicateRule: 'alert' });
    await made('Contact', { LastName: 'x', Email: 'a@example.com' });
    const body = { LastName: 'y', Email: 'A@example.com' };
    const refused = await callSf(sandbox, 'POST', '/sobjects/Contact', { body });
    expect(errorOf(refused)).toEqual([400, 'DUPLICATES_DETECTED', undefined]);
    expect(objects(refused.body)[0]?.['duplicateResult']).toMatchObject({ allowSave: true });
    const items = await callSf(sandbox, 'POST', '/composite/sobjects', {
      body: { records: [{ attributes: { type: 'Contact' }, ...body }] },
    });
    expect(items.body).toEqual([
      {
        success: false,
        errors: [{ statusCode: 'DUPLICATES_DETECTED', message: 'Use one of these records?', fields: [] }],
      },
    ]);
    const headers = { 'sforce-duplicate-rule-header': 'allowSave=true' };
    expect((await callSf(sandbox, 'POST', '/sobjects/Contact', { body, headers })).status).toBe(201);
  });

  it('that somebody holds can’t be written for a while', async () => {
    start();
    const account = await made('Account', { Name: 'Lee' });
    sandbox.lock(account, 1);
    const body = { LastName: 'x', AccountId: account };
    expect(errorOf(await callSf(sandbox, 'POST', '/sobjects/Contact', { body }))).toEqual([
      400,
      'UNABLE_TO_LOCK_ROW',
      [],
    ]);
    await made('Contact', body);
  });

  it('obeys validation rules', async () => {
    const rule = { object: 'Contact', field: 'Phone', pattern: '^0', message: 'Dial the country first.' };
    start({ validationRules: [rule] });
    const refused = await callSf(sandbox, 'POST', '/sobjects/Contact', {
      body: { LastName: 'x', Phone: '0' },
    });
    expect(errorOf(refused)).toEqual([400, 'FIELD_CUSTOM_VALIDATION_EXCEPTION', ['Phone']]);
  });

  it('that is private hides from whoever may not see all data', async () => {
    start({ viewAllData: false });
    sandbox.seed('Contact', [{ LastName: 'Private' }]);
    const mine = await made('Contact', { LastName: 'Mine' });
    expect(await found(sandbox, 'SELECT Id FROM Contact')).toMatchObject([{ Id: mine }]);
  });

  it('goes with its parent, and its merged one with a pointer to the other', async () => {
    start();
    const account = await made('Account', { Name: 'Lee' });
    await made('Contact', { LastName: 'x', AccountId: account });
    expect((await callSf(sandbox, 'DELETE', `/sobjects/Account/${account}`)).status).toBe(204);
    expect(sandbox.records('Contact')).toEqual([]);
    const [keep, gone] = [await made('Contact', { LastName: 'a' }), await made('Contact', { LastName: 'b' })];
    const property = await made('Property__c', { Name: 'House', Vendor__c: gone });
    expect(sandbox.merge('Contact', keep, gone)).toBe(true);
    expect(sandbox.records('Property__c')).toMatchObject([{ id: property, Vendor__c: keep }]);
    const all = await callSf(
      sandbox,
      'GET',
      `/queryAll?q=${encodeURIComponent(`SELECT Id, IsDeleted, MasterRecordId FROM Contact WHERE Id = '${gone}'`)}`,
    );
    expect(object(all.body)['records']).toMatchObject([{ IsDeleted: true, MasterRecordId: keep }]);
  });
});

describe('a collection', () => {
  const contact = (fields: Record<string, string>) => ({ attributes: { type: 'Contact' }, ...fields });

  it('answers for each, or takes all back', async () => {
    start();
    const records = [contact({ LastName: 'a' }), contact({ FirstName: 'b' }), contact({ LastName: 'c' })];
    const each = await callSf(sandbox, 'POST', '/composite/sobjects', { body: { records } });
    expect(objects(each.body).map(({ success }) => success)).toEqual([true, false, true]);
    const before = sandbox.writes(0).length;
    const none = await callSf(sandbox, 'POST', '/composite/sobjects', { body: { allOrNone: true, records } });
    expect(objects(none.body).map(({ errors }) => objects(errors)[0]?.['statusCode'])).toEqual([
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'REQUIRED_FIELD_MISSING',
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    ]);
    expect(sandbox.records('Contact')).toHaveLength(2);
    expect(sandbox.writes(0)).toHaveLength(before);
  });

  it('upserts by external id: twice the same in one call is refused the second time', async () => {
    start();
    const records = [contact({ ZenaId__c: 'a', LastName: 'x' }), contact({ ZenaId__c: 'a', LastName: 'y' })];
    const path = '/composite/sobjects/Contact/ZenaId__c';
    const answer = await callSf(sandbox, 'PATCH', path, { body: { records } });
    expect(answer.body).toMatchObject([
      { success: true, created: true },
      { success: false, errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
    ]);
    const many = Array.from({ length: 201 }, (_, place) =>
      contact({ ZenaId__c: String(place), LastName: 'x' }),
    );
    expect((await callSf(sandbox, 'PATCH', path, { body: { records: many } })).status).toBe(400);
    const unread = await callSf(sandbox, 'PATCH', path, { body: { records: [contact({ Nope: 'x' })] } });
    expect(errorOf(unread)).toEqual([400, 'INVALID_FIELD', undefined]);
  });

  it('reads and deletes many, with nothing in the place of what isn’t there', async () => {
    start();
    const [a, b] = [await made('Contact', { LastName: 'a' }), await made('Contact', { LastName: 'b' })];
    const nobody = '0035g0000000099AAA';
    const read = await callSf(sandbox, 'POST', '/composite/sobjects/Contact', {
      body: { ids: [b, nobody, a], fields: ['LastName'] },
    });
    expect(read.body).toMatchObject([{ LastName: 'b' }, null, { LastName: 'a' }]);
    const gone = await callSf(sandbox, 'DELETE', `/composite/sobjects?ids=${a},${nobody}`);
    expect(objects(gone.body).map(({ success }) => success)).toEqual([true, false]);
  });
});

describe('a composite', () => {
  const url = '/services/data/v68.0';
  const part = (referenceId: string, body: Record<string, string>) => ({
    method: 'POST',
    url: `${url}/sobjects/Contact`,
    referenceId,
    body,
  });

  it('halts what refers to what failed, and takes back all where asked', async () => {
    start();
    const compositeRequest = [
      part('well', { LastName: 'x' }),
      part('wrong', { FirstName: 'x' }),
      part('after', { LastName: '@{wrong.id}' }),
    ];
    const statuses = async (allOrNone: boolean) => {
      const answer = await callSf(sandbox, 'POST', '/composite', { body: { allOrNone, compositeRequest } });
      return objects(object(answer.body)['compositeResponse']).map(
        ({ httpStatusCode, body }) =>
          `${String(httpStatusCode)} ${Array.isArray(body) ? String(objects(body)[0]?.['errorCode']) : ''}`,
      );
    };
    expect(await statuses(false)).toEqual(['201 ', '400 REQUIRED_FIELD_MISSING', '400 PROCESSING_HALTED']);
    expect(sandbox.records('Contact')).toHaveLength(1);
    expect(await statuses(true)).toEqual([
      '400 PROCESSING_HALTED',
      '400 REQUIRED_FIELD_MISSING',
      '400 PROCESSING_HALTED',
    ]);
    expect(sandbox.records('Contact')).toHaveLength(1);
  });

  it('has at most 25 parts, and 5 queries or collections', async () => {
    start();
    const many = Array.from({ length: 26 }, (_, place) => part(`r${place}`, { LastName: 'x' }));
    const refused = await callSf(sandbox, 'POST', '/composite', { body: { compositeRequest: many } });
    expect(refused.status).toBe(400);
    const heavy = Array.from({ length: 6 }, (_, place) => ({
      method: 'POST',
      url: `${url}/composite/sobjects`,
      referenceId: `r${place}`,
      body: { records: [] },
    }));
    expect((await callSf(sandbox, 'POST', '/composite', { body: { compositeRequest: heavy } })).status).toBe(
      400,
    );
    expect(sandbox.records('Contact')).toEqual([]);
  });

  it('in a batch counts each part', async () => {
    start();
    const batchRequests = [
      { method: 'GET', url: 'v68.0/limits' },
      { method: 'POST', url: 'v68.0/sobjects/Contact', richInput: {} },
      { method: 'GET', url: 'v68.0/limits' },
    ];
    const answer = await callSf(sandbox, 'POST', '/composite/batch', {
      body: { haltOnError: true, batchRequests },
    });
    expect(objects(object(answer.body)['results']).map(({ statusCode }) => statusCode)).toEqual([
      200, 400, 412,
    ]);
    expect(answer.headers.get('sforce-limit-info')).toBe('api-usage=3/15000');
  });

  it('makes a tree, or nothing of it', async () => {
    start();
    const child = { attributes: { type: 'Contact', referenceId: 'c' }, LastName: 'x' };
    const record = {
      attributes: { type: 'Account', referenceId: 'a' },
      Name: 'A',
      Contacts: { records: [child] },
    };
    const tree = (body: typeof record) =>
      callSf(sandbox, 'POST', '/composite/tree/Account', { body: { records: [body] } });
    expect((await tree(record)).body).toMatchObject({
      hasErrors: false,
      results: [{ referenceId: 'a' }, { referenceId: 'c' }],
    });
    const wrong = { ...record, Contacts: { records: [{ ...child, LastName: '' }] } };
    expect(await tree(wrong)).toMatchObject({
      status: 400,
      body: { hasErrors: true, results: [{ referenceId: 'c' }] },
    });
    expect(sandbox.records('Account')).toHaveLength(1);
  });
});
