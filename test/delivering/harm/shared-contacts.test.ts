import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contactBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const both = (name: string, ...relationshipNotes: string[]) =>
  contactBody({ name, emails: ['both@example.test'], relationshipNotes });

describe('two contacts of one e-mail', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
    core.crm.add('contact', { email: 'both@example.test', notes: 'theirs' }, 0);
    await core.clock.advance(10_000);
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const say = async (entityId: string, name: string, ...notes: string[]): Promise<void> => {
    await core.clock.advance(1_000);
    await core.upsert(entityId, both(name, ...notes));
    await core.converge();
  };
  const lines = () => String(notes()).split('\n').sort();
  const notes = () => core.crm.of('contact').map(({ fields }) => fields['notes']);

  it('alternate with their lines, and leave those of people', async () => {
    for (let times = 0; times < 4; times += 1) {
      await say('c1', `Ada ${times}`, 'of Ada', 'of both');
      expect(lines()).toEqual(['of Ada', 'of both', 'theirs']);
      await say('c2', `Bo ${times}`, 'of Bo', 'of both');
      expect(lines()).toEqual(['of Bo', 'of both', 'theirs']);
    }
    expect(core.crm.calledSince(0, 'find')).toBeLessThanOrEqual(2);
  });

  it('are one’s again when the other departs', async () => {
    await say('c1', 'Ada', 'of Ada');
    await say('c2', 'Bo', 'of Bo');
    await core.upsert(
      'c2',
      contactBody({ name: 'Bo', emails: ['bo@example.test'], relationshipNotes: ['of Bo'] }),
    );
    await core.converge();
    expect(notes()).toEqual(['theirs\nof Ada', 'of Bo']);
  });

  it('are one’s again when the other is deleted', async () => {
    await say('c1', 'Ada', 'of Ada');
    await say('c2', 'Bo', 'of Bo');
    await core.remove('contact', 'c2');
    await core.converge();
    expect(notes()).toEqual(['theirs\nof Ada']);
    await say('c1', 'Ada again');
    expect(notes()).toEqual(['theirs']);
  });

  it('leave nothing of theirs behind when one wrote without an answer and the other speaks next', async () => {
    await say('c1', 'Ada', 'of Ada');
    core.crm.fault = (verb) => (verb === 'update' ? 'lost' : 'none');
    await core.upsert('c2', both('Bo', 'of Bo'));
    await core.clock.advance(11_000);
    core.crm.fault = () => 'none';
    await core.clock.advance(1_000);
    await core.upsert('c1', both('Ada anew', 'of Ada'));
    await core.converge();
    expect(notes()).toEqual(['theirs\nof Ada']);
  });

  it('leave nothing of theirs behind when the one who wrote without an answer is deleted', async () => {
    await say('c1', 'Ada', 'of Ada');
    core.crm.fault = (verb) => (verb === 'update' ? 'lost' : 'none');
    await core.upsert('c2', both('Bo', 'of Bo'));
    await core.clock.advance(11_000);
    core.crm.fault = () => 'none';
    await core.remove('contact', 'c2');
    await core.converge();
    expect(notes()).toEqual(['theirs\nof Ada']);
  });

  it('leave nothing of theirs behind when a process dies in the middle', async () => {
    await say('c1', 'Ada', 'of Ada');
    core.crm.fault = (verb) => (verb === 'update' ? 'slow_commit' : 'none');
    await core.upsert('c2', both('Bo', 'of Bo'));
    await core.clock.advance(1_000);
    await core.crash();
    core.crm.fault = () => 'none';
    await core.remove('contact', 'c2');
    await core.converge();
    expect(notes()).toEqual(['theirs\nof Ada']);
  });

  it('bring back no line that people changed', async () => {
    await say('c1', 'Ada', 'of Ada');
    await core.clock.advance(120_000);
    const [shared] = core.crm.of('contact');
    core.crm.edit(shared?.id ?? '', { notes: 'theirs\nof Ada, they say' });
    await say('c2', 'Bo', 'of Bo');
    expect(notes()).toEqual(['theirs\nof Ada, they say\nof Bo']);
    await say('c1', 'Ada again', 'of Ada');
    expect(notes()).toEqual(['theirs\nof Ada, they say']);
  });
});

describe('a contact of the e-mail that another takes by a write of which nobody heard the end', () => {
  it('shares its CRM record, and none is made', async () => {
    const core = await createCoreHarness({ retryDelaysMs: [300_000] });
    await core.upsert('c1', contactBody({ name: 'Ada', emails: ['ada@example.test'] }));
    await core.converge();
    core.crm.fault = (verb) => (verb === 'update' ? 'lost' : 'none');
    await core.upsert('c1', contactBody({ name: 'Ada', emails: ['both@example.test'] }));
    await core.clock.advance(11_000);
    core.crm.fault = () => 'none';
    expect(core.crm.of('contact')[0]?.fields['email']).toBe('both@example.test');
    expect((await core.link('contact', 'c1'))?.shadow).toBeNull();
    await core.upsert('c2', contactBody({ name: 'Bo', emails: ['both@example.test'] }));
    await core.clock.advance(30_000);
    expect(core.crm.of('contact').map(({ fields }) => fields['firstName'])).toEqual(['Bo']);
    await core.clock.advance(600_000);
    expect(core.crm.of('contact').map(({ fields }) => fields['firstName'])).toEqual(['Bo']);
    expect(core.errors).toEqual([]);
    await core.close();
  });
});
