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
});
