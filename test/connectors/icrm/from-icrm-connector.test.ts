import { afterEach, describe, expect, it } from '@jest/globals';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';
import { API_KEY, createPaperHarness, type PaperHarness } from './paper-harness.ts';

const open: PaperHarness[] = [];
afterEach(async () => {
  for (const core of open.splice(0)) await core.close();
});

async function start(): Promise<PaperHarness> {
  const core = await createPaperHarness();
  open.push(core);
  return core;
}

const ADA = contactBody({ name: 'Ada King', emails: ['ada@example.test'] });

describe('a class that is written like the product document’s skeleton', () => {
  it('gets Zena’s records in the contract’s shape, with the CRM’s ids as references', async () => {
    const core = await start();
    await core.upsert('c1', ADA);
    await core.upsert('p1', propertyBody({ address: '1 High St', vendors: ['c1'], buyers: ['nobody'] }));
    await core.upsert('d1', dealBody({ propertyId: 'p1', stage: 'offer', contacts: ['c1'] }));
    await core.converge();
    const [contact, property, deal] = core.office.records;
    expect(contact).toMatchObject({
      type: 'contact',
      data: { name: 'Ada King', emails: ['ada@example.test'], relationshipNotes: [], attributes: {} },
    });
    expect(property?.data).toMatchObject({ address: '1 High St', vendors: [contact?.id], buyers: [] });
    expect(deal?.data).toMatchObject({ propertyId: property?.id, stage: 'offer', contacts: [contact?.id] });
    expect(core.office.records).toHaveLength(3);
    expect(JSON.stringify(core.office.records)).not.toMatch(/"(?:c1|p1|d1|nobody)"/);
  });

  it('is authenticated once before its first push, and asked for the record before it is made', async () => {
    const core = await start();
    await core.upsert('c1', ADA);
    await core.converge();
    expect(core.office.calls).toEqual(['authenticate', 'find contact', 'push contact']);
    await core.upsert('c1', contactBody({ name: 'Ada Byron', emails: ['ada@example.test'] }));
    await core.converge();
    expect(core.office.calls.slice(3).filter((call) => call !== 'authenticate')).toEqual(['update contact']);
    expect(core.office.records.map(({ data }) => data['name'])).toEqual(['Ada Byron']);
  });

  it('finds what is there already by e-mail, address, and property with stage, and updates it', async () => {
    const core = await start();
    core.office.records.push(
      { id: 'old-1', type: 'contact', data: { emails: ['ada@example.test'] } },
      { id: 'old-2', type: 'property', data: { address: '1 High St' } },
      { id: 'old-3', type: 'deal', data: { propertyId: 'old-2', stage: 'offer' } },
    );
    await core.upsert('c1', ADA);
    await core.upsert('p1', propertyBody({ address: '1 High St' }));
    await core.upsert('d1', dealBody({ propertyId: 'p1', stage: 'offer' }));
    await core.converge();
    expect(core.office.records.map(({ id }) => id)).toEqual(['old-1', 'old-2', 'old-3']);
    expect(core.office.records[0]?.data).toMatchObject({ name: 'Ada King' });
  });

  it('makes one record, though each push throws after it was taken, five times', async () => {
    const core = await start();
    for (let time = 0; time < 5; time += 1)
      core.office.faults.push({ method: 'push contact', when: 'after', with: 'error' });
    await core.upsert('c1', ADA);
    await core.converge();
    expect(core.office.records).toHaveLength(1);
    expect((await core.link('contact', 'c1'))?.remote?.id).toBe('p-1');
  });

  it('makes it later where each push throws before it was taken', async () => {
    const core = await start();
    for (let time = 0; time < 3; time += 1)
      core.office.faults.push({ method: 'push contact', when: 'before', with: 'error' });
    await core.upsert('c1', ADA);
    await core.converge();
    expect(core.office.records).toHaveLength(1);
  });

  it('is not waited for without end: what it did is looked for', async () => {
    const core = await start();
    core.office.faults.push({ method: 'push contact', when: 'after', with: 'silence' });
    await core.upsert('c1', ADA);
    await core.converge();
    expect(core.office.records).toHaveLength(1);
    expect((await core.link('contact', 'c1'))?.remote?.id).toBe('p-1');
  });

  it('never creates after a look-up that threw', async () => {
    const core = await start();
    core.office.records.push({ id: 'old-1', type: 'contact', data: { emails: ['ada@example.test'] } });
    core.office.faults.push({ method: 'find contact', when: 'before', with: 'error' });
    await core.upsert('c1', ADA);
    await core.converge();
    expect(core.office.calls).not.toContain('push contact');
    expect((await core.link('contact', 'c1'))?.remote?.id).toBe('old-1');
  });

  it('writes again what it may not have written', async () => {
    const core = await start();
    await core.upsert('c1', ADA);
    await core.converge();
    core.office.faults.push({ method: 'update contact', when: 'before', with: 'error' });
    await core.upsert('c1', contactBody({ name: '', emails: ['ada@example.test'] }));
    await core.converge();
    expect(core.office.records.map(({ data }) => data['name'])).toEqual(['']);
  });

  it('stops for credentials alone, and goes on with others by a new instance', async () => {
    const core = await start();
    core.office.accepts = (key) => key !== API_KEY;
    await core.upsert('c1', ADA);
    await core.converge(30_000);
    expect((await core.connection()).health.state).toBe('needs_reauth');
    expect(core.office.calls).not.toContain('push contact');
    const clerks = core.office.clerks;
    core.credentials = { apiKey: 'another-key-0123456789' };
    const { epoch } = await core.connection();
    await core.patchConnection({ epoch: epoch + 1, status: 'active', health: healthy(core) });
    await core.converge();
    expect(core.office.records).toHaveLength(1);
    expect(core.office.clerks).toBeGreaterThan(clerks);
  });

  it('asks anew whether it is let in after it failed', async () => {
    const core = await start();
    await core.upsert('c1', ADA);
    await core.converge();
    const asked = core.office.calls.length;
    core.office.faults.push({
      method: 'update contact',
      when: 'before',
      with: 'error',
      text: 'session over',
    });
    await core.upsert('c1', contactBody({ name: 'Ada Byron', emails: ['ada@example.test'] }));
    await core.converge();
    const calls = core.office.calls.slice(asked);
    const [failed, ...since] = calls.slice(calls.indexOf('update contact'));
    expect([failed, since.at(-1)]).toEqual(['update contact', 'update contact']);
    expect(new Set(since.slice(0, -1))).toEqual(new Set(['authenticate']));
  });

  it('may repeat the key in what it throws: nobody reads it', async () => {
    const core = await start();
    core.office.faults.push({
      method: 'push contact',
      when: 'before',
      with: 'error',
      text: `refused for ${API_KEY}: the name is too long`,
    });
    await core.upsert('c1', ADA);
    await core.converge();
    const { connectionId } = await core.connection();
    const entries = await core.store.timeline.ofLink((await core.link('contact', 'c1'))!.id, null, 50);
    const told = JSON.stringify([entries, connectionId]);
    expect(told).toContain('the name is too long');
    expect(told).not.toContain(API_KEY);
  });

  it('deletes nothing, which is said', async () => {
    const core = await start();
    await core.upsert('c1', ADA);
    await core.converge();
    await core.remove('contact', 'c1');
    await core.converge();
    expect(core.office.records).toHaveLength(1);
    expect(await core.codes('contact', 'c1')).toContain('kept_in_crm');
  });

  it('is given up, with the words of a person to read, where nothing could find what it may have made', async () => {
    const core = await start();
    core.office.faults.push({ method: 'push contact', when: 'after', with: 'error' });
    await core.upsert('c1', contactBody({ name: 'Ada', emails: [] }));
    await core.converge();
    expect(core.office.records).toHaveLength(1);
    expect((await core.link('contact', 'c1'))?.dead?.code).toBe('CREATE_AMBIGUOUS');
  });
});

function healthy(core: PaperHarness) {
  return { state: 'healthy', since: core.clock.now(), reason: null, whoCanFix: 'nobody_needed' } as const;
}
