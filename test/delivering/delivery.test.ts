import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';
import { contactBody } from '../support/builders.ts';

const ada = contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'] });

describe('delivery of one change', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it('creates what the CRM does not have, within a second, and remembers its id', async () => {
    await core.upsert('c1', ada);
    await core.clock.advance(1_000);
    const [created] = core.crm.of('contact');
    expect(created?.fields).toMatchObject({
      firstName: 'Ada',
      lastName: 'Lovelace',
      email: 'ada@example.test',
    });
    expect(await core.link('contact', 'c1')).toMatchObject({
      remote: { id: created?.id, origin: 'created' },
      nextAt: null,
    });
    expect(core.crm.calls.map((call) => call.verb)).toEqual(['find', 'create']);
  });

  it('updates a linked record and never creates it again', async () => {
    await core.upsert('c1', ada);
    await core.converge();
    await core.upsert('c1', contactBody({ name: 'Ada King', emails: ['ada@new.test'] }));
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.fields['lastName'])).toEqual(['King']);
    // Whether the CRM has another of the new e-mail.
    expect(core.crm.calls.map((call) => call.verb)).toEqual(['find', 'create', 'find', 'list', 'update']);
  });

  it('makes no call for content that the CRM already holds', async () => {
    await core.upsert('c1', ada);
    await core.converge();
    const before = core.crm.calls.length;
    await core.upsert('c1', ada);
    await core.converge();
    expect(core.crm.calledSince(before)).toBe(0);
    expect(await core.codes('contact', 'c1')).toEqual(['created', 'unchanged']);
  });

  it('makes one call of ten changes that came while the CRM was away', async () => {
    await core.upsert('c1', ada);
    await core.converge();
    core.crm.fault = () => 'refused';
    for (let i = 0; i < 10; i += 1) {
      await core.upsert('c1', contactBody({ name: `Ada ${i}` }));
      await core.clock.advance(50);
    }
    core.crm.fault = () => 'none';
    const before = core.crm.calls.length;
    await core.converge();
    expect(core.crm.calledSince(before, 'update')).toBe(1);
    expect(core.crm.of('contact')[0]?.fields['lastName']).toBe('9');
  });

  it.each(['lost', 'slow_commit'] as const)(
    'takes nothing for acknowledged after an update that was %s',
    async (fault) => {
      await core.upsert('c1', contactBody({ name: 'Ada One' }));
      await core.converge();
      core.crm.fault = (verb) => (verb === 'update' ? fault : 'none');
      await core.upsert('c1', contactBody({ name: 'Ada Two' }));
      await core.clock.advance(1_000);
      core.crm.fault = () => 'none';
      if (fault === 'slow_commit') await core.crash();
      // Back to what the CRM acknowledged last: equal to that, but not to what it holds.
      await core.upsert('c1', contactBody({ name: 'Ada One' }));
      await core.converge();
      expect(core.crm.of('contact').map((record) => record.fields['lastName'])).toEqual(['One']);
    },
  );

  it('keeps in mind what was never acknowledged while its kind is switched off', async () => {
    await core.upsert('c1', contactBody({ name: 'Ada One' }));
    await core.converge();
    core.crm.fault = (verb) => (verb === 'update' ? 'slow_commit' : 'none');
    await core.upsert('c1', contactBody({ name: 'Ada Two' }));
    await core.clock.advance(1_000);
    core.crm.fault = () => 'none';
    await core.crash();
    const { syncConfig } = await core.connection();
    await core.patchConnection({ syncConfig: { ...syncConfig, syncContacts: false } });
    await core.converge();
    await core.patchConnection({ syncConfig });
    await core.upsert('c1', contactBody({ name: 'Ada One' }));
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.fields['lastName'])).toEqual(['One']);
  });

  it('adopts the oldest of several matches and notes that there were more', async () => {
    const older = core.crm.add(
      'contact',
      { email: 'ADA@example.test', firstName: 'A' },
      core.clock.now() - 90_000,
    );
    core.crm.add('contact', { email: 'ada@example.test', firstName: 'B' }, core.clock.now() - 50_000);
    await core.upsert('c1', ada);
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: older, origin: 'adopted' } });
    expect(core.crm.records.get(older)?.fields).toMatchObject({
      firstName: 'Ada',
      email: 'ada@example.test',
    });
    expect(core.crm.of('contact')).toHaveLength(2);
    expect(await core.codes('contact', 'c1')).toEqual(['ambiguous_matches', 'adopted', 'updated']);
  });

  it('never creates while the search fails', async () => {
    core.crm.fault = (verb) => (verb === 'find' ? 'refused' : 'none');
    await core.upsert('c1', ada);
    await core.clock.advance(120_000);
    expect(core.crm.calledSince(0, 'create')).toBe(0);
    expect(core.crm.calledSince(0, 'find')).toBeGreaterThan(1);
  });

  it('sets a record aside that the CRM rejects, and delivers it when it changes', async () => {
    core.crm.rejects = (fields) => fields['email'] === 'bad@example';
    await core.upsert('c1', contactBody({ emails: ['bad@example'] }));
    await core.upsert('c2', ada);
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({
      dead: { code: 'HTTP_400' },
      nextAt: null,
      intent: null,
    });
    expect(core.crm.of('contact')).toHaveLength(1);
    await core.upsert('c1', contactBody({ emails: ['good@example.test'] }));
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({ dead: null, remote: { origin: 'created' } });
  });

  it('holds everything of a connection whose credentials are refused, and goes on with new ones', async () => {
    core.crm.unauthorised = true;
    await core.upsert('c1', ada);
    await core.clock.advance(5_000);
    expect(await core.connection()).toMatchObject({ status: 'needs_reauth', health: { whoCanFix: 'user' } });
    const before = core.crm.calls.length;
    await core.upsert('c2', contactBody({ emails: ['b@example.test'] }));
    await core.clock.advance(120_000);
    expect(core.crm.calledSince(before)).toBe(0);
    core.crm.unauthorised = false;
    const { epoch } = await core.connection();
    await core.patchConnection({ status: 'active', epoch: epoch + 1 });
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(2);
    expect(await core.connection()).toMatchObject({ health: { state: 'healthy' } });
  });

  it('makes a record again once when someone removed it in the CRM, and gives up when it goes missing again', async () => {
    await core.upsert('c1', ada);
    await core.converge();
    core.crm.records.clear();
    await core.upsert('c1', contactBody({ name: 'Ada King' }));
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.codes('contact', 'c1')).toContain('gone_in_crm');
    core.crm.records.clear();
    await core.clock.advance(5_000);
    const run = await core.runs.start(await core.connection());
    await core.clock.advance(5_000);
    // Nothing differs as far as is known, so nothing is asked; a new change finds out and makes it anew.
    expect(await core.runs.progress(run.runId)).toMatchObject({ totals: { unchanged: 1 } });
    const make = core.crm.add;
    core.crm.add = (kind, fields, createdAt) => {
      const id = make(kind, fields, createdAt);
      core.crm.records.delete(id);
      return id;
    };
    await core.upsert('c1', contactBody({ name: 'Ada Byron' }));
    await core.converge();
    await core.upsert('c1', contactBody({ name: 'Ada Byron', role: 'vendor' }), { version: 3 });
    await core.converge();
    expect(core.crm.of('contact')).toEqual([]);
  });

  it('waits as long as a rate limit says without using up an attempt', async () => {
    let limited = 0;
    core.crm.fault = () => (limited++ < 5 ? 'rate_limited' : 'none');
    await core.upsert('c1', ada);
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ attempts: 0, dead: null });
  });
});

describe('an unanswered create', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    await core.close();
  });

  it('is looked for by the key that was sent, also when the record has another key by now', async () => {
    let lost = true;
    core.crm.fault = (verb) => (verb === 'create' && lost ? 'lost' : 'none');
    await core.upsert('c1', ada);
    await core.clock.advance(2_000);
    lost = false;
    await core.upsert('c1', contactBody({ name: 'Ada King', emails: ['king@example.test'] }));
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.fields['email'])).toEqual(['king@example.test']);
  });

  it('is looked for as soon as the search shows it, where the CRM itself said that it failed', async () => {
    core.crm.fault = (verb) => (verb === 'create' ? 'failed' : 'none');
    await core.upsert('c1', ada);
    await core.clock.advance(1_000);
    core.crm.fault = () => 'none';
    const created = core.crm.calls.find(({ verb }) => verb === 'create')?.at ?? Number.NaN;
    const before = core.crm.calls.length;
    await core.converge();
    const looked = core.crm.calls.slice(before).find(({ verb }) => verb === 'find')?.at ?? Number.NaN;
    expect(looked - created).toBeGreaterThanOrEqual(2_000);
    expect(looked - created).toBeLessThan(4_000);
    expect(core.crm.of('contact')).toHaveLength(1);
  });

  it('sends nothing for the link until a late effect and the search lag are past', async () => {
    core.crm.fault = (verb) => (verb === 'create' ? 'slow_commit' : 'none');
    await core.upsert('c1', ada);
    await core.clock.advance(1_000);
    core.crm.fault = () => 'none';
    const before = core.crm.calls.length;
    const sent = core.crm.calls.at(-1)?.at ?? 0;
    await core.converge();
    const next = core.crm.calls.slice(before).find(({ verb }) => verb !== 'verify');
    expect((next?.at ?? 0) - sent).toBeGreaterThanOrEqual(12_000);
    expect(core.crm.of('contact')).toHaveLength(1);
  });

  it('is not mistaken for the record of another contact that took the same e-mail meanwhile', async () => {
    await core.upsert('c1', contactBody({ name: 'First Person', emails: ['first@example.test'] }));
    await core.converge();
    core.crm.fault = (verb) => (verb === 'create' ? 'lost' : 'none');
    await core.upsert('c2', contactBody({ name: 'Second Person', emails: ['one@example.test'] }));
    await core.clock.advance(1_000);
    core.crm.fault = () => 'none';
    await core.upsert('c1', contactBody({ name: 'First Person', emails: ['one@example.test'] }));
    await core.converge();
    const links = [await core.link('contact', 'c1'), await core.link('contact', 'c2')];
    expect(new Set(links.map((link) => link?.remote?.id)).size).toBe(2);
    expect(core.crm.of('contact')).toHaveLength(2);
  });

  it('is never repeated for a record without a key: it is found by its content', async () => {
    core.crm.fault = (verb) => (verb === 'create' ? 'lost' : 'none');
    await core.upsert('c1', contactBody({ emails: [] }));
    await core.clock.advance(1_000);
    core.crm.fault = () => 'none';
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { origin: 'created' }, dead: null });
  });

  it('is found by its content where the CRM lists ids alone: each that it may be is read', async () => {
    core.crm.hits = () => ({});
    await core.upsert('c0', contactBody({ name: 'Somebody Else', emails: [] }));
    core.crm.fault = (verb) => (verb === 'create' ? 'lost' : 'none');
    await core.upsert('c1', contactBody({ emails: [] }));
    await core.clock.advance(1_000);
    core.crm.fault = () => 'none';
    core.crm.add('contact', { firstName: 'By', lastName: 'Hand', email: '' });
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(3);
    expect(core.crm.calledSince(0, 'create')).toBe(2);
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { origin: 'created' }, dead: null });
    expect(await core.link('contact', 'c0')).toMatchObject({ remote: { id: 'crm-1' }, dead: null });
  });

  it('gives two records of equal content a CRM record each, or leaves one for a person to decide', async () => {
    core.crm.fault = (verb) =>
      verb === 'create' && core.crm.calledSince(0, 'create') === 1
        ? 'lost'
        : verb === 'create'
          ? 'dropped'
          : 'none';
    await core.upsert('c1', contactBody({ emails: [] }));
    await core.upsert('c2', contactBody({ emails: [] }));
    await core.clock.advance(1_000);
    core.crm.fault = () => 'none';
    await core.converge();
    const links = [await core.link('contact', 'c1'), await core.link('contact', 'c2')];
    expect(links.filter((link) => link?.remote?.id === 'crm-1')).toHaveLength(1);
    expect(links.filter((link) => link?.dead?.code === 'CREATE_AMBIGUOUS')).toHaveLength(1);
  });

  it('is given up for a person to decide where the content can not be told apart', async () => {
    core.crm.fault = (verb) => (verb === 'create' ? 'dropped' : 'none');
    await core.upsert('c1', contactBody({ emails: [] }));
    await core.clock.advance(1_000);
    core.crm.fault = () => 'none';
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({ dead: { code: 'CREATE_AMBIGUOUS' } });
    expect(core.crm.calledSince(0, 'create')).toBe(1);
  });

  it('survives the death of the process: the successor looks before it creates', async () => {
    core.crm.fault = (verb) => (verb === 'create' ? 'slow_commit' : 'none');
    await core.upsert('c1', ada);
    await core.clock.advance(100);
    core.crm.fault = () => 'none';
    await core.crash();
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: 'crm-1' } });
  });
});

describe('contacts that share one e-mail', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    await core.close();
  });

  it('share one CRM record: the newest writes, the other ends superseded', async () => {
    await core.upsert('c1', contactBody({ name: 'Old Name', emails: ['one@example.test'] }));
    await core.converge();
    await core.upsert('c2', contactBody({ name: 'New Name', emails: [' ONE@example.test '] }));
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.fields['firstName'])).toEqual(['New']);
    const run = await core.runs.start(await core.connection());
    await core.converge();
    await core.clock.advance(5_000);
    const progress = await core.runs.progress(run.runId);
    expect(progress).toMatchObject({
      run: { status: 'completed' },
      totals: { superseded: 1, contactsSynced: 1 },
    });
    expect(core.crm.of('contact').map((record) => record.fields['firstName'])).toEqual(['New']);
  });

  it('make one CRM record also when both arrive at once', async () => {
    await core.upsert('c1', contactBody({ name: 'First Person', emails: ['one@example.test'] }));
    await core.upsert('c2', contactBody({ name: 'Second Person', emails: ['one@example.test'] }));
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(core.crm.calledSince(0, 'create')).toBe(1);
  });

  it('part when one gets another e-mail: it gets a record of its own and the other writes again', async () => {
    await core.upsert('c1', contactBody({ name: 'First Person', emails: ['one@example.test'] }));
    await core.converge();
    await core.upsert('c2', contactBody({ name: 'Second Person', emails: ['one@example.test'] }));
    await core.converge();
    await core.upsert('c2', contactBody({ name: 'Second Person', emails: ['two@example.test'] }));
    await core.converge();
    const byEmail = new Map(
      core.crm.of('contact').map((record) => [record.fields['email'], record.fields['firstName']]),
    );
    expect(byEmail).toEqual(
      new Map([
        ['one@example.test', 'First'],
        ['two@example.test', 'Second'],
      ]),
    );
  });

  it('delete nothing in the CRM while one of them lives', async () => {
    await core.upsert('c1', contactBody({ name: 'First Person', emails: ['one@example.test'] }));
    await core.converge();
    await core.upsert('c2', contactBody({ name: 'Second Person', emails: ['one@example.test'] }));
    await core.converge();
    await core.remove('contact', 'c2');
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.fields['firstName'])).toEqual(['First']);
    await core.remove('contact', 'c1');
    await core.converge();
    expect(core.crm.of('contact')).toEqual([]);
  });

  it('leave nothing of ours behind, whichever of them goes last', async () => {
    await core.upsert('c1', contactBody({ name: 'First Person', emails: ['one@example.test'] }));
    await core.converge();
    await core.upsert('c2', contactBody({ name: 'Second Person', emails: ['one@example.test'] }));
    await core.converge();
    await core.remove('contact', 'c1');
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    await core.remove('contact', 'c2');
    await core.converge();
    expect(core.crm.of('contact')).toEqual([]);
  });
});
