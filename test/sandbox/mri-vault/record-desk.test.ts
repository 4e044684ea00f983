import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createVaultSandbox, type VaultInProcess } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import { call, objects } from '../vault-caller.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/virtual-clock.ts';

let sandbox: VaultInProcess;
let time: VirtualClock;
beforeEach(() => {
  time = createVirtualClock();
  sandbox = createVaultSandbox({ clock: time });
});
afterEach(() => sandbox.close());

function seedOffice() {
  const [kept, gone] = sandbox.seed('contacts', [
    { firstName: 'Anna', email: 'anna@example.com', phone: '' },
    { firstName: 'A.', email: 'anna@work.example', phone: '0400' },
  ]);
  const [property] = sandbox.seed('properties', [
    { address: '1 High St', vendors: [String(gone?.id)], buyers: [String(kept?.id), String(gone?.id)] },
  ]);
  sandbox.seed('deals', [{ propertyId: String(property?.id), contacts: [String(gone?.id)] }]);
  return { keepId: String(kept?.id), goneId: String(gone?.id) };
}

describe('seeding', () => {
  it('puts records there as if they had long been, found at once and with their age', async () => {
    sandbox.configure({ searchLagMs: 60_000 });
    sandbox.seed('contacts', [{ email: 'not-an-email', createdAt: '2019-05-01T00:00:00Z' }]);
    const found = await call(sandbox, 'GET', '/contacts/search?email=not-an-email');
    expect(objects(found.body)).toEqual([
      expect.objectContaining({ createdAt: '2019-05-01T00:00:00.000Z', id: 'vlt_c_000001' }),
    ]);
    expect(sandbox.counts()).toEqual({ 'GET /contacts/search': 1 });
  });

  it('refuses a createdAt that is no time', () => {
    expect(() => sandbox.seed('contacts', [{ createdAt: 'once' }])).toThrow(RangeError);
  });

  it('gives copies, so that nobody changes the CRM by accident', () => {
    const body = { notes: ['a'] };
    sandbox.seed('contacts', [body]);
    body.notes.push('b');
    (sandbox.records('contacts')[0]?.['notes'] as string[]).push('c');
    expect(sandbox.records('contacts')[0]).toMatchObject({ notes: ['a'] });
  });
});

describe('people at work in the CRM', () => {
  it('edit a record', async () => {
    const { keepId } = seedOffice();
    await time.advance(1000);
    const edited = sandbox.editRecord('contacts', keepId, { phone: '1' });
    expect(edited).toMatchObject({ firstName: 'Anna', phone: '1', createdAt: '2026-01-01T00:00:00.000Z' });
    expect(edited?.updatedAt).toBe('2026-01-01T00:00:01.000Z');
    expect(sandbox.editRecord('contacts', 'none', {})).toBeNull();
  });

  it('delete a record, which the API then does not know', async () => {
    const { keepId } = seedOffice();
    expect(sandbox.deleteRecord('contacts', keepId)).toBe(true);
    expect(sandbox.deleteRecord('contacts', keepId)).toBe(false);
    expect((await call(sandbox, 'PUT', `/contacts/${keepId}`, { body: {} })).status).toBe(404);
    const deal = { contacts: [keepId] };
    expect((await call(sandbox, 'POST', '/deals', { body: deal })).status).toBe(400);
  });

  it('merge two records: the survivor takes over blanks and references', async () => {
    const { keepId, goneId } = seedOffice();
    expect(sandbox.mergeRecords('contacts', keepId, goneId)).toBe(true);
    expect(sandbox.records('contacts')).toEqual([
      expect.objectContaining({ id: keepId, firstName: 'Anna', email: 'anna@example.com', phone: '0400' }),
    ]);
    expect(sandbox.records('properties')[0]).toMatchObject({ vendors: [keepId], buyers: [keepId] });
    expect(sandbox.records('deals')[0]).toMatchObject({ contacts: [keepId] });
    expect((await call(sandbox, 'PUT', `/contacts/${goneId}`, { body: {} })).status).toBe(404);
    expect((await call(sandbox, 'GET', '/contacts/search?email=anna@work.example')).body).toEqual([]);
  });

  it('merge, and the other id still leads to the survivor', async () => {
    const { keepId, goneId } = seedOffice();
    sandbox.mergeRecords('contacts', keepId, goneId, 'alias');
    const answer = await call(sandbox, 'PUT', `/contacts/${goneId}`, { body: { phone: '2' } });
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ id: keepId, phone: '2' })]);
  });

  it('merge, and the other id redirects', async () => {
    const { keepId, goneId } = seedOffice();
    sandbox.mergeRecords('contacts', keepId, goneId, 'redirect');
    const answer = await call(sandbox, 'GET', `/contacts/${goneId}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([308, `/api/v1/contacts/${keepId}`]);
  });

  it('merge nothing that is not there', () => {
    const { keepId } = seedOffice();
    expect(sandbox.mergeRecords('contacts', keepId, 'none')).toBe(false);
    expect(sandbox.mergeRecords('contacts', keepId, keepId)).toBe(false);
    expect(sandbox.records('contacts')).toHaveLength(2);
  });
});
