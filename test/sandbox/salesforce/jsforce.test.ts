import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import jsforce from 'jsforce';
import { clientIdOf } from '../../../src/sandbox/salesforce/oauth/client-id.ts';
import {
  startSfSandbox,
  type SfSandbox,
  type SfSandboxOptions,
} from '../../../src/sandbox/salesforce/sf-sandbox.ts';

let sandbox: SfSandbox;

async function start(options: SfSandboxOptions = {}): Promise<void> {
  await sandbox.close();
  sandbox = await startSfSandbox(options);
}

beforeEach(async () => {
  sandbox = await startSfSandbox();
});
afterEach(() => sandbox.close());

async function connected(): Promise<jsforce.Connection> {
  const connection = new jsforce.Connection({
    version: '68.0',
    oauth2: { clientId: clientIdOf('sandbox-key'), clientSecret: 'sandbox-key', loginUrl: sandbox.url },
  });
  await connection.authorize({ grant_type: 'client_credentials' });
  return connection;
}

describe('jsforce', () => {
  it('is given a session, and told whose', async () => {
    const connection = await connected();
    expect(connection.instanceUrl).toBe(sandbox.url);
    expect(await connection.identity()).toMatchObject({ username: 'integration@sandbox-realty.example' });
    await connection.limits();
    expect(connection.limitInfo).toEqual({ apiUsage: { used: 1, limit: 15_000 } });
  });

  it('makes, reads, changes and deletes a record', async () => {
    const connection = await connected();
    const contacts = connection.sobject('Contact');
    const made = await contacts.create({ FirstName: 'Ann', LastName: 'Lee', Email: 'ann@example.com' });
    expect(made).toMatchObject({ success: true, errors: [] });
    const id = String(made.id);
    expect(await contacts.retrieve(id)).toMatchObject({
      Name: 'Ann Lee',
      Email: 'ann@example.com',
      Phone: null,
    });
    expect(await contacts.update({ Id: id, Phone: '5550100' })).toMatchObject({ success: true });
    expect(await contacts.retrieve(id)).toMatchObject({ Phone: '5550100' });
    expect(await contacts.destroy(id)).toMatchObject({ success: true });
    await expect(contacts.retrieve(id)).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
  });

  it('upserts by an external id with a slash in it', async () => {
    const connection = await connected();
    const contacts = connection.sobject('Contact');
    const body = { ZenaId__c: 'a/b c', LastName: 'Lee' };
    const first = await contacts.upsert(body, 'ZenaId__c');
    expect(first).toMatchObject({ success: true, created: true });
    const second = await contacts.upsert({ ...body, FirstName: 'Ann' }, 'ZenaId__c');
    expect(second).toMatchObject({ id: first.id, success: true, created: false });
  });

  it('writes 200 records in one call, and reads pages of what it asks for', async () => {
    await start({ pageSize: 200 });
    const connection = await connected();
    const people = Array.from({ length: 200 }, (_, place) => ({
      LastName: `P${place}`,
      ZenaId__c: `z${place}`,
    }));
    const made = await connection.sobject('Contact').create(people);
    expect(made.filter(({ success }) => success)).toHaveLength(200);
    const more = people.map((person) => ({ ...person, ZenaId__c: `y${person.ZenaId__c}` }));
    expect(await connection.sobject('Contact').upsert(more, 'ZenaId__c')).toHaveLength(200);
    const found = await connection.query('SELECT Id, LastName FROM Contact ORDER BY LastName DESC');
    expect(found).toMatchObject({ totalSize: 400, done: false });
    const all = await connection.query('SELECT Id FROM Contact', { autoFetch: true, maxFetch: 1_000 });
    expect(all.records).toHaveLength(400);
    expect(sandbox.counts()).toMatchObject({ 'POST /composite/sobjects': 1 });
  });

  it('is told the columns of a query, as the vendor’s command line asks for them', async () => {
    const connection = await connected();
    const soql =
      'SELECT Id, Account.Owner.Name, (SELECT Role FROM OpportunityContactRoles) FROM Contact LIMIT 1';
    const columnsOf = (query: string) =>
      connection.request(`/services/data/v68.0/query?q=${encodeURIComponent(query)}&columns=true`);
    expect(await columnsOf(soql)).toMatchObject({
      entityName: 'Contact',
      idSelected: true,
      columnMetadata: [
        { columnName: 'Id', aggregate: false, joinColumns: [] },
        {
          columnName: 'Account',
          joinColumns: [{ columnName: 'Owner', joinColumns: [{ columnName: 'Name', textType: true }] }],
        },
        { columnName: 'OpportunityContactRoles', aggregate: true, joinColumns: [{ columnName: 'Role' }] },
      ],
    });
    expect(await columnsOf('SELECT COUNT(Id), MAX(Amount) top FROM Opportunity')).toMatchObject({
      columnMetadata: [
        { columnName: 'expr0', displayName: 'count(Id)', aggregate: true },
        { columnName: 'top', displayName: 'max(Amount)' },
      ],
    });
    expect(await columnsOf('SELECT FIELDS(ALL) FROM Contact LIMIT 1')).toMatchObject({ idSelected: true });
    await expect(columnsOf('SELECT Nothing FROM Contact')).rejects.toMatchObject({
      errorCode: 'INVALID_FIELD',
    });
  });

  it('runs a composite whose parts refer to each other', async () => {
    const connection = await connected();
    const answer = await connection.requestPost<{ compositeResponse: { httpStatusCode: number }[] }>(
      '/services/data/v68.0/composite',
      {
        allOrNone: true,
        compositeRequest: [
          {
            method: 'POST',
            url: '/services/data/v68.0/sobjects/Account',
            referenceId: 'account',
            body: { Name: 'Lee' },
          },
          {
            method: 'POST',
            url: '/services/data/v68.0/sobjects/Contact',
            referenceId: 'contact',
            body: { LastName: 'Lee', AccountId: '@{account.id}' },
          },
        ],
      },
    );
    expect(answer.compositeResponse.map(({ httpStatusCode }) => httpStatusCode)).toEqual([201, 201]);
    const found = await connection.query('SELECT Id, Account.Name FROM Contact');
    expect(found.records).toMatchObject([{ Account: { Name: 'Lee' } }]);
    const accounts = await connection
      .sobject('Account')
      .find({ Name: 'Lee' }, 'Id, Name')
      .include('Contacts')
      .select('LastName')
      .end();
    expect(accounts).toMatchObject([{ Contacts: { records: [{ LastName: 'Lee' }] } }]);
  });

  it('uploads a file, and matches what became of its rows by the key', async () => {
    const connection = await connected();
    connection.bulk2.pollInterval = 5;
    const input = Array.from({ length: 500 }, (_, place) => ({
      ZenaId__c: `z${place}`,
      LastName: place === 7 ? '#N/A' : `"P", ${place}`,
      Description: 'one\ntwo',
    }));
    const outcome = await connection.bulk2.loadAndWaitForResults({
      object: 'Contact',
      operation: 'upsert',
      externalIdFieldName: 'ZenaId__c',
      input,
    });
    expect(outcome.successfulResults).toHaveLength(499);
    expect(outcome.failedResults).toMatchObject([
      { ZenaId__c: 'z7', sf__Error: expect.stringContaining('LastName') },
    ]);
    expect(outcome.unprocessedRecords).toEqual([]);
    expect(
      outcome.successfulResults
        .map((row) => (row as unknown as Record<string, string>)['ZenaId__c'])
        .slice(0, 3),
    ).not.toEqual(['z0', 'z1', 'z2']);
    const held = sandbox.records('Contact');
    expect(held[3]).toMatchObject({ LastName: '"P", 3', Description: 'one\ntwo' });
  });

  it('reads a bulk query as a file', async () => {
    sandbox.seed(
      'Contact',
      ['Ann', 'Bea', 'Cem'].map((LastName) => ({ LastName, Description: 'a,"b"' })),
    );
    const connection = await connected();
    connection.bulk2.pollInterval = 5;
    const stream = await connection.bulk2.query(
      'SELECT LastName, Description, Phone FROM Contact ORDER BY LastName',
    );
    const rows = await stream.toArray();
    expect(rows).toEqual(
      ['Ann', 'Bea', 'Cem'].map((LastName) => ({ LastName, Description: 'a,"b"', Phone: '' })),
    );
  });

  it('is told the limits, what it can describe, and what changed', async () => {
    const connection = await connected();
    expect(await connection.limits()).toMatchObject({ DailyApiRequests: { Max: 15_000, Remaining: 14_999 } });
    const { fields } = await connection.describe('Contact');
    expect(fields.find(({ name }) => name === 'ZenaId__c')).toMatchObject({
      externalId: true,
      unique: true,
      caseSensitive: true,
      length: 255,
    });
    const { sobjects } = await connection.describeGlobal();
    expect(sobjects.map(({ name }) => name)).toContain('Property__c');
    const [ann, bea] = sandbox.seed('Contact', [{ LastName: 'Ann' }, { LastName: 'Bea' }]);
    sandbox.deleteRecord('Contact', String(bea?.id));
    const from = new Date(Date.now() - 600_000).toISOString();
    const until = new Date(Date.now() + 120_000).toISOString();
    expect(await connection.sobject('Contact').updated(from, until)).toMatchObject({ ids: [ann?.id] });
    expect(await connection.sobject('Contact').deleted(from, until)).toMatchObject({
      deletedRecords: [{ id: bea?.id }],
    });
    const all = await connection.query('SELECT Id, IsDeleted FROM Contact', { scanAll: true });
    expect(all.records).toHaveLength(2);
  });

  it('comes back from the browser with a code, and refreshes by tokens that are used once', async () => {
    const oauth2 = new jsforce.OAuth2({
      loginUrl: sandbox.url,
      clientId: clientIdOf('sandbox-key'),
      clientSecret: 'sandbox-key',
      redirectUri: 'http://127.0.0.1:9/callback',
      useVerifier: true,
    });
    const page = await fetch(oauth2.getAuthorizationUrl({ state: 'here' }), { redirect: 'manual' });
    const back = new URL(String(page.headers.get('location')));
    expect(back.searchParams.get('state')).toBe('here');
    const code = String(back.searchParams.get('code'));
    const first = await oauth2.requestToken(code);
    const second = await oauth2.refreshToken(String(first.refresh_token));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const opened = new jsforce.Connection({ instanceUrl: sandbox.url, accessToken: second.access_token });
    expect(await opened.identity()).toMatchObject({ username: 'olivia@sandbox-realty.example' });
    await expect(oauth2.refreshToken(String(first.refresh_token))).rejects.toMatchObject({
      name: 'invalid_grant',
    });
    await expect(oauth2.refreshToken(String(second.refresh_token))).rejects.toThrow(
      'expired access/refresh token',
    );
    await expect(opened.query('SELECT Id FROM Contact')).rejects.toMatchObject({
      errorCode: 'INVALID_SESSION_ID',
    });
    await expect(oauth2.requestToken(code)).rejects.toMatchObject({ name: 'invalid_grant' });
  });
});
