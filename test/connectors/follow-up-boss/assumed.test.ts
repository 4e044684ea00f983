import { afterEach, describe, expect, it } from '@jest/globals';
import type { NaturalKey } from '../../../src/domain/remote-record.ts';
import type { FubSandboxOptions } from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { contactBody } from '../../support/builders.ts';
import { applied, can, fubDraft, openFubAccount, type FubAccount } from './fub-account.ts';

let account: FubAccount;
afterEach(() => account.close());

const ADA = contactBody({ emails: ['Ada@Example.com'], phones: ['+1 (202) 555-0143'], role: 'vendor' });

/** What isn't known of Follow Up Boss, each the other way round. */
const OTHERWISE: readonly FubSandboxOptions[] = [
  {},
  { emailMatch: 'exact' },
  { phoneMatch: 'exact' },
  { unknownStage: 'ignored' },
  { unknownFields: 'ignored' },
  { entryMembers: 'refused' },
  { trashedDuplicate: 'created' },
  { createAnswer: 'id' },
  { updatedAfter: 'honoured' },
  { deleteStatus: 200 },
  { noteBody: 'escaped' },
  { customFieldsKey: 'customFields' },
];

describe.each(OTHERWISE)('where Follow Up Boss is %j', (otherwise) => {
  it('a person is made once, found, changed without loss, noted and thrown away', async () => {
    account = openFubAccount(otherwise);
    const { people, http, sandbox } = account;
    const { fields, keys } = fubDraft(people, ADA, await account.facts());
    const [theirs] = sandbox.seed('people', [
      { firstName: 'Ada', lastName: 'Lovelace', emails: [{ value: 'ada@example.com' }], tags: ['Hot'] },
      { firstName: 'Bo', lastName: 'Berg', emails: [{ value: 'bo@example.com' }] },
    ]);
    const found = applied(await people.find(http, keys[0] as NaturalKey));
    expect(found.map(({ id }) => id)).toEqual([theirs?.id]);

    const id = String(theirs?.id);
    const { fields: held } = applied(await can(people.read)(http, id));
    const write = { fields: { ...fields, tags: ['Hot', 'Seller'] }, changed: ['tags', 'phones'], held };
    applied(await people.parts.core.update(http, id, write));
    const { fields: now } = applied(await can(people.read)(http, id));
    expect(now).toMatchObject({ tags: ['Hot', 'Seller'], phones: [{ value: '+1 (202) 555-0143' }] });

    const [notes] = people.parts.others ?? [];
    if (notes?.does !== 'appends') throw new Error('no notes');
    applied(await notes.append(http, id, 'Tea & cake'));
    expect(applied(await can(notes.list)(http, id))).toEqual(['Tea & cake']);
    applied(await can(people.delete)(http, id));
    expect(sandbox.records('people').map(({ stage }) => stage)).toEqual(['Trash', undefined]);
  });

  it('who was there already is told from who only has the same phone', async () => {
    account = openFubAccount(otherwise);
    const { people, http, sandbox } = account;
    const { fields } = fubDraft(people, ADA, await account.facts());
    sandbox.seed('people', [
      { firstName: 'Bo', lastName: 'Berg', phones: [{ value: '+1 (202) 555-0143' }], tags: ['Hot'] },
    ]);
    const made = applied(await people.parts.core.create(http, { fields }));
    expect(made.origin).toBe('created');
    const again = applied(
      await people.parts.core.create(http, { fields: { ...fields, emails: [{ value: 'Ada@Example.com' }] } }),
    );
    expect(again).toMatchObject({ id: made.id, origin: 'existing' });
    expect(sandbox.records('people')).toHaveLength(2);
    expect(sandbox.records('people')[0]).toMatchObject({ firstName: 'Bo', tags: ['Hot'] });
  });
});

it.each(['refused', 'ignored'] as const)(
  'where there is no stage Trash, and an unknown one is %s, a delete fails aloud',
  async (unknownStage) => {
    account = openFubAccount({ unknownStage });
    const { people, http, sandbox } = account;
    const { fields } = fubDraft(people, ADA, await account.facts());
    const { id } = applied(await people.parts.core.create(http, { fields }));
    const trash = sandbox.records('stages').find(({ name }) => name === 'Trash');
    sandbox.deleteRecord('stages', String(trash?.id));
    expect((await can(people.delete)(http, id)).kind).toBe(
      unknownStage === 'refused' ? 'rejected' : 'retry_later',
    );
    expect(sandbox.records('people')).toMatchObject([{ stage: 'Lead' }]);
  },
);

it.each(['existing', 'forbidden'] as const)(
  'where a hidden duplicate is %s, nothing of another agent’s is written or doubled',
  async (hiddenDuplicate) => {
    account = openFubAccount({ apiKeys: ['sandbox-key', 'agent'], agentKeys: ['agent'], hiddenDuplicate });
    const { people, sandbox } = account;
    const { fields } = fubDraft(people, ADA, await account.facts());
    const [theirs] = sandbox.seed('people', [
      { firstName: 'Ada', lastName: 'L', assignedUserId: 1, emails: [{ value: 'ada@example.com' }] },
    ]);
    const asAgent = account.as('agent');
    const made = await people.parts.core.create(asAgent, { fields });
    if (made.kind === 'applied')
      expect(
        await people.parts.core.update(asAgent, made.value.id, { fields, changed: ['lastName'], held: {} }),
      ).toMatchObject({ kind: 'rejected', code: 'ACCESS_FORBIDDEN' });
    else expect(made).toMatchObject({ kind: 'rejected' });
    expect(sandbox.records('people')).toMatchObject([{ id: theirs?.id, lastName: 'L' }]);
  },
);
