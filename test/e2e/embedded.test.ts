import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

const person = (name: string, email: string) => ({
  name,
  emails: [email],
  phones: ['021 555 0100'],
  role: 'buyer',
  relationshipNotes: ['met at an open home'],
});

describe('the service on its embedded default', () => {
  let running: RunningService;
  beforeAll(async () => {
    running = await startRunningService();
  });
  afterAll(async () => {
    await running.stop();
  });

  const publish = (changes: readonly unknown[]) =>
    running.call('POST', '/api/changes', changes, { scopes: ['changes:write'] });

  it('brings a change from Zena to the CRM through every layer', async () => {
    const connected = await running.connect();
    expect(connected).toMatchObject({ status: 201, body: { provider: 'mri_vault', status: 'active' } });
    expect(JSON.stringify(connected.body)).not.toContain('sandbox-key');

    const taken = await publish([
      changeJson('contact', 'c-1', 1, person('Ada Lovelace', 'ada@example.test')),
      changeJson('property', 'p-1', 1, {
        address: '1 High Street',
        vendors: ['c-1'],
        buyers: [],
        milestones: [],
        riskOverview: null,
      }),
      changeJson('deal', 'd-1', 1, {
        propertyId: 'p-1',
        stage: 'offer',
        riskLevel: 'low',
        riskFlags: [],
        contacts: ['c-1'],
        nextAction: null,
        nextActionOwner: null,
        summary: null,
      }),
    ]);
    expect(taken).toMatchObject({ status: 202, body: { accepted: 3, stale: 0, rejected: [] } });

    await eventually(() => {
      const [contact] = running.sandbox.records('contacts');
      const [property] = running.sandbox.records('properties');
      const [deal] = running.sandbox.records('deals');
      expect(contact).toMatchObject({ firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.test' });
      expect(property).toMatchObject({ address: '1 High Street', vendors: [contact?.id] });
      expect(deal).toMatchObject({ propertyId: property?.id, contacts: [contact?.id], stage: 'offer' });
    });
  });

  it('answers a full sync with counts that the CRM confirms, and changes nothing the second time', async () => {
    const first = await running.call('POST', '/api/integrations/crm/mri_vault/sync');
    expect(first).toMatchObject({
      status: 200,
      body: { success: true, status: 'completed', contactsSynced: 1, propertiesSynced: 1, dealsSynced: 1 },
    });
    const before = running.sandbox.counts();
    const second = await running.call('POST', '/api/integrations/crm/mri_vault/sync');
    expect(second.body).toMatchObject({ unchanged: 3, created: 0, updated: 0 });
    expect(running.sandbox.counts()).toEqual(before);
  });

  it('shows a second user nothing of the first', async () => {
    const others = await running.call('GET', '/api/integrations/crm/user', undefined, { userId: 'user-2' });
    expect(others.body).toEqual({ integrations: [] });
    const record = await running.call(
      'GET',
      '/api/integrations/crm/mri_vault/records/contact/c-1',
      undefined,
      { userId: 'user-2' },
    );
    expect(record.status).toBe(404);
  });

  it('destroys the credentials on disconnect and writes nothing after it', async () => {
    expect((await running.call('DELETE', '/api/integrations/crm/mri_vault')).status).toBe(204);
    const before = running.sandbox.requests().length;
    await publish([changeJson('contact', 'c-1', 2, person('Ada King', 'ada@example.test'))]);
    expect((await running.call('GET', '/api/integrations/crm/user')).body).toEqual({ integrations: [] });
    expect(running.sandbox.requests().length).toBe(before);
    expect((await running.connect()).status).toBe(201);
    await running.call('POST', '/api/integrations/crm/mri_vault/sync');
    expect(running.sandbox.records('contacts')).toMatchObject([{ lastName: 'King' }]);
  });

  it('ends every connection with refused credentials waiting for new ones', async () => {
    running.sandbox.revokeKey('sandbox-key');
    await publish([changeJson('contact', 'c-1', 3, person('Ada Byron', 'ada@example.test'))]);
    await eventually(async () => {
      const { body } = await running.call('GET', '/api/integrations/crm/user');
      expect(body).toMatchObject({
        integrations: [{ status: 'needs_reauth', health: { whoCanFix: 'user' } }],
      });
    });
    expect(await running.call('POST', '/api/integrations/crm/mri_vault/sync')).toMatchObject({
      status: 400,
      body: { code: 'INTEGRATION_FAILED' },
    });
    running.sandbox.addKey('sandbox-key');
    expect((await running.connect()).status).toBe(200);
    await eventually(() => {
      expect(running.sandbox.records('contacts')).toMatchObject([{ lastName: 'Byron' }]);
    });
  });

  it('never logs a secret or what people are called', () => {
    const text = running.logs.join('');
    for (const hidden of ['sandbox-key', 'Lovelace', 'ada@example.test']) expect(text).not.toContain(hidden);
  });
});
