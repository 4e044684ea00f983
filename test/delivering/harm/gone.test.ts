import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contactBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';
import { GONE } from '../../support/model-crm.ts';

const ada = (over = {}) => contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'], ...over });

describe('a CRM record that is said to be gone', () => {
  let core: CoreHarness;
  let id: string;
  beforeEach(async () => {
    core = await createCoreHarness();
    await core.upsert('c1', ada());
    await core.converge();
    id = core.crm.of('contact')[0]?.id ?? '';
    await core.clock.advance(10_000);
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const verbs = (): string[] => core.crm.calls.map(({ verb }) => verb).filter((verb) => verb !== 'verify');

  it.each([
    ['a search shows it', ['update', 'read']],
    ['a read shows it', ['update']],
  ])('b1: is waited for while %s, and no other is made', async (_, denying) => {
    core.crm.answers = ({ verb }) => (denying.includes(verb) ? GONE : null);
    await core.upsert('c1', ada({ role: 'vendor' }));
    await core.clock.advance(1_900);
    expect(core.crm.calledSince(0, 'update')).toBe(1);
    await core.clock.advance(1_000);
    expect(core.crm.calledSince(0, 'update')).toBe(2);
    expect(core.crm.of('contact')).toHaveLength(1);
    core.crm.answers = () => null;
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.id)).toEqual([id]);
    expect(core.crm.of('contact')[0]?.fields['type']).toBe('vendor');
    expect(core.crm.calledSince(0, 'create')).toBe(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ dead: null, remote: { id } });
  });

  it('b1: is given up after the last retry, and no other is made', async () => {
    core.crm.answers = ({ verb }) => (verb === 'update' || verb === 'read' ? GONE : null);
    await core.upsert('c1', ada({ role: 'vendor' }));
    await core.converge();
    expect((await core.link('contact', 'c1'))?.dead).toMatchObject({ code: 'RETRIES_EXHAUSTED' });
    expect((await core.link('contact', 'c1'))?.remote?.id).toBe(id);
    expect(core.crm.calledSince(0, 'create')).toBe(1);
  });

  it('b1: is looked for by the key that it was last known by, too', async () => {
    core.crm.answers = ({ verb }) => (verb === 'update' || verb === 'read' ? GONE : null);
    await core.upsert('c1', ada({ emails: ['anew@example.test'] }));
    await core.clock.advance(1_000);
    expect(core.crm.calledSince(0, 'create')).toBe(1);
    expect(core.crm.of('contact')).toHaveLength(1);
  });

  it('is made again, once, where neither shows it', async () => {
    core.crm.records.delete(id);
    await core.upsert('c1', ada({ role: 'vendor' }));
    await core.converge();
    expect(core.crm.of('contact').map(({ fields }) => fields['type'])).toEqual(['vendor']);
    expect(await core.codes('contact', 'c1')).toContain('gone_in_crm');
  });

  it('and was merged into another is followed by its e-mail', async () => {
    const into = core.crm.add(
      'contact',
      { email: 'ada@example.test', notes: 'theirs' },
      core.clock.now() - 9_000,
    );
    core.crm.records.delete(id);
    core.crm.mergedInto.set(id, into);
    await core.upsert('c1', ada({ role: 'vendor' }));
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.id)).toEqual([into]);
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ type: 'vendor', notes: 'theirs' });
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: into, origin: 'adopted' } });
  });

  it('is deleted once neither a read nor a search shows it', async () => {
    core.crm.records.delete(id);
    await core.remove('contact', 'c1');
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: null, dead: null, nextAt: null });
    expect(verbs().slice(-3)).toEqual(['create', 'read', 'find']);
  });

  it('is not deleted where a delete is answered 404 and a read or a search shows it', async () => {
    for (const denying of [['delete'], ['delete', 'read']]) {
      core.crm.answers = ({ verb }) => (denying.includes(verb) ? GONE : null);
      await core.remove('contact', 'c1');
      await core.clock.advance(500);
      expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id } });
    }
    core.crm.answers = () => null;
    await core.converge();
    expect(core.crm.of('contact')).toEqual([]);
  });

  it('is looked at, where a delete had no answer, and not deleted twice', async () => {
    core.crm.fault = (verb) => (verb === 'delete' ? 'lost' : 'none');
    await core.remove('contact', 'c1');
    await core.converge();
    expect(core.crm.calledSince(0, 'delete')).toBe(1);
    expect(core.crm.of('contact')).toEqual([]);
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: null, dead: null });
  });

  it('is deleted again, where a delete had no answer and it is still there', async () => {
    core.crm.fault = (verb) => (verb === 'delete' ? 'dropped' : 'none');
    await core.remove('contact', 'c1');
    await core.clock.advance(11_000);
    core.crm.fault = () => 'none';
    await core.converge();
    expect(verbs().slice(-3)).toEqual(['delete', 'read', 'delete']);
    expect(core.crm.of('contact')).toEqual([]);
  });
});

describe('a CRM record without a key that is said to be gone', () => {
  let core: CoreHarness;
  const keyless = (over = {}) => contactBody({ name: 'Ada Lovelace', emails: [], ...over });
  beforeEach(async () => {
    core = await createCoreHarness();
    await core.upsert('c1', keyless());
    await core.converge();
    await core.clock.advance(10_000);
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  /** A route is away for a while: everything but `authenticate` is answered 404. */
  async function awayFor(ms: number, act: () => Promise<unknown>): Promise<void> {
    core.crm.answers = () => GONE;
    await act();
    await core.clock.advance(ms);
    core.crm.answers = () => null;
    await core.converge();
  }

  it.each([200, 20_000])('is not made anew where its route was away for %i ms', async (ms) => {
    await awayFor(ms, () => core.upsert('c1', keyless({ role: 'vendor' })));
    expect(core.crm.of('contact').map(({ fields }) => fields['type'])).toEqual(['vendor']);
  });

  it.each([200, 20_000])('is deleted after its route was away for %i ms', async (ms) => {
    await awayFor(ms, () => core.remove('contact', 'c1'));
    expect(core.crm.of('contact')).toEqual([]);
  });

  it('is not made anew for a key that it has only got in Zena, which no search can show it by', async () => {
    core.crm.answers = ({ verb }) => (verb === 'read' || verb === 'update' ? GONE : null);
    await core.upsert('c1', keyless({ emails: ['ada@example.test'] }));
    await core.clock.advance(20_000);
    core.crm.answers = () => null;
    await core.converge();
    expect(core.crm.of('contact').map(({ fields }) => fields['email'])).toEqual(['ada@example.test']);
  });

  it('is believed to be gone once reads have said so for half a minute', async () => {
    core.crm.records.clear();
    await core.upsert('c1', keyless({ role: 'vendor' }));
    await core.clock.advance(29_000);
    expect(core.crm.of('contact')).toEqual([]);
    await core.converge();
    expect(core.crm.of('contact').map(({ fields }) => fields['type'])).toEqual(['vendor']);
    expect(await core.link('contact', 'c1')).toMatchObject({ dead: null, nextAt: null });
    core.crm.records.clear();
    await core.remove('contact', 'c1');
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: null, dead: null, nextAt: null });
  });
});
