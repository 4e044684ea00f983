import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrmFields } from '../../../src/domain/remote-record.ts';
import { contactBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const ada = (over = {}) =>
  contactBody({ name: 'Ada', emails: ['ada@example.test'], phones: [], relationshipNotes: [], ...over });
const PHONE = '021 555 0100';

describe('after an update that the CRM refused', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
    await core.upsert('c1', ada());
    await core.converge();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const idOf = (kind: 'contact' | 'property') => core.crm.of(kind)[0]?.id ?? '';
  const shown = (): CrmFields => core.crm.of('contact')[0]?.fields ?? {};
  async function refused(act: () => Promise<unknown>): Promise<void> {
    core.crm.answers = ({ verb }) =>
      verb === 'update'
        ? { kind: 'rejected', code: 'HTTP_400', detail: 'no', status: 400, fields: [] }
        : null;
    await act();
    await core.converge();
    core.crm.answers = () => null;
  }
  async function byPeople(id: string, fields: CrmFields): Promise<void> {
    await core.clock.advance(120_000);
    core.crm.edit(id, fields);
    await core.clock.advance(120_000);
  }

  it.each([
    ['a value', { phones: [PHONE] }, { phone: PHONE }],
    ['a line of notes', { relationshipNotes: ['VIP'] }, { notes: 'VIP' }],
  ])('%s that people enter then is theirs', async (_, said, entered) => {
    await refused(() => core.upsert('c1', ada(said)));
    await byPeople(idOf('contact'), entered);
    await core.upsert('c1', ada({ role: 'vendor' }));
    await core.converge();
    expect(shown()).toMatchObject({ ...entered, type: 'vendor' });
  });

  it('a reference that people enter then is theirs', async () => {
    await core.upsert('p1', propertyBody({ vendors: [] }));
    await core.converge();
    await refused(() => core.upsert('p1', propertyBody({ vendors: ['c1'] })));
    await byPeople(idOf('property'), { vendors: [idOf('contact')] });
    await core.upsert('p1', propertyBody({ vendors: [], riskOverview: 'v2' }));
    await core.converge();
    expect(core.crm.of('property')[0]?.fields['vendors']).toEqual([idOf('contact')]);
  });

  it('what was put there before is still ours, and goes when Zena clears it', async () => {
    await core.upsert('c1', ada({ phones: [PHONE], relationshipNotes: ['VIP'] }));
    await core.converge();
    await refused(() => core.upsert('c1', ada({ phones: ['09 1'], relationshipNotes: ['other'] })));
    await core.upsert('c1', ada());
    await core.converge();
    expect([shown()['phone'] ?? '', shown()['notes'] ?? '']).toEqual(['', '']);
  });

  it.each(['lost', 'dropped'] as const)(
    'an earlier one that was %s stays in doubt: what it put there is ours',
    async (fault) => {
      core.crm.fault = (verb) => (verb === 'update' ? fault : 'none');
      await core.upsert('c1', ada({ phones: [PHONE], relationshipNotes: ['VIP'] }));
      await core.clock.advance(11_000);
      core.crm.fault = () => 'none';
      await refused(() => core.upsert('c1', ada({ phones: ['09 1'], relationshipNotes: ['other'] })));
      await core.upsert('c1', ada({ role: 'vendor' }));
      await core.converge();
      expect([shown()['phone'] ?? '', shown()['notes'] ?? '', shown()['type']]).toEqual(['', '', 'vendor']);
    },
  );

  it('those who share it know what was ours, too', async () => {
    await core.upsert('c1', ada({ phones: [PHONE] }));
    await core.converge();
    await refused(() => core.upsert('c2', ada({ name: 'Eve', phones: ['09 1'] })));
    await byPeople(idOf('contact'), { notes: 'by hand' });
    await core.upsert('c2', ada({ name: 'Eve' }));
    await core.converge();
    expect(shown()).toMatchObject({ firstName: 'Eve', notes: 'by hand' });
    expect(shown()['phone'] ?? '').toBe('');
  });
});
