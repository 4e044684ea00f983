import { afterEach, describe, expect, it } from '@jest/globals';
import type { UpdateWrite } from '../../../src/connectors/connector.port.ts';
import type { CrmFields, NaturalKey } from '../../../src/domain/remote-record.ts';
import type { FubSandboxOptions } from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { contactBody } from '../../support/builders.ts';
import { applied, can, contextOf, fubDraft, openFubAccount, type FubAccount } from './fub-account.ts';

let account: FubAccount;

function open(options: FubSandboxOptions = {}): void {
  account = openFubAccount(options);
}

afterEach(() => account.close());

const ADA = contactBody({ emails: ['ada@example.com'], phones: ['+1 202 555 0143'], role: 'vendor' });
const draft = async (body = ADA) => fubDraft(account.people, body, await account.facts());
const create = async (body = ADA, http = account.http) =>
  account.people.parts.core.create(http, { fields: (await draft(body)).fields });
const find = async (body = ADA, http = account.http) =>
  account.people.find(http, (await draft(body)).keys[0] as NaturalKey);
const update = (id: string, write: Partial<UpdateWrite> & { fields: CrmFields }) =>
  account.people.parts.core.update(account.http, id, {
    changed: Object.keys(write.fields),
    held: {},
    ...write,
  });
const person = (id: string) => account.sandbox.records('people').find((held) => held.id === id);

describe('a contact', () => {
  it('becomes names, all e-mails and phones, a tag of its role, notes and an owner', async () => {
    open();
    const body = contactBody({
      name: 'Ada van Loon',
      emails: ['ada@example.com', 'n/a', 'mailto:ADA@example.com', 'ada@work.example'],
      phones: ['', '021 555 001'],
      role: 'vendor',
      relationshipNotes: ['Likes tea', ' '],
      doNotContact: ['sms'],
    });
    const { fields, remarks } = await draft(body);
    expect(fields).toEqual({
      firstName: 'Ada',
      lastName: 'van Loon',
      emails: [{ value: 'ada@example.com' }, { value: 'ada@work.example' }],
      phones: [{ value: '021 555 001' }],
      tags: ['Seller'],
      notes: ['Likes tea'],
      assignedUserId: 1,
    });
    expect(remarks.map(({ field, code }) => [field, code])).toEqual([
      ['emails', 'no_email'],
      ['doNotContact', 'not_carried'],
    ]);
  });

  it('is nobody’s where the account has several users', async () => {
    open({ apiKeys: ['sandbox-key', 'agent'], agentKeys: ['agent'] });
    account.sandbox.seed('users', [{ name: 'Bo', role: 'Agent', status: 'Active' }]);
    expect((await draft()).fields['assignedUserId']).toBeNull();
  });

  it('is known by its first real e-mail, else by its phone where the name agrees', async () => {
    open();
    const keys = async (emails: string[], phones: string[]) =>
      (await draft(contactBody({ emails, phones }))).keys.map(({ value, strength }) => [value, strength]);
    expect(await keys(['noemail@example.com', 'ada@example.com'], ['1'])).toEqual([
      [{ email: 'ada@example.com' }, 'good'],
    ]);
    expect(await keys(['noemail@example.com'], ['021 555 001'])).toEqual([
      [{ phone: '021 555 001' }, 'needs_agreement'],
    ]);
    expect(await keys([], [])).toEqual([]);
    const { fields } = await draft();
    expect(account.people.agrees?.({ firstName: 'ADA', lastName: 'Lovelace' }, fields)).toBe(true);
    expect(account.people.agrees?.({ firstName: 'Bo', lastName: 'Lovelace' }, fields)).toBe(false);
  });
});

describe('making a person', () => {
  it('is one call, and comes back as it was sent', async () => {
    open({ entryMembers: 'refused' });
    const { fields } = await draft();
    account.calls();
    const made = applied(await create());
    expect(made).toMatchObject({ origin: 'created', version: expect.any(String) });
    expect(account.calls().filter((call) => call.startsWith('POST'))).toEqual(['POST /people']);
    const { notes: _notes, ...core } = fields;
    expect(applied(await can(account.people.read)(account.http, made.id)).fields).toEqual({
      ...core,
      emails: [{ value: 'ada@example.com', type: 'home' }],
      phones: [{ value: '+1 202 555 0143', type: 'mobile' }],
    });
  });

  it('takes who was there already as theirs, unchanged', async () => {
    open();
    const [theirs] = account.sandbox.seed('people', [
      { firstName: 'A.', emails: [{ value: 'ADA@example.com' }], tags: ['Hot'] },
    ]);
    expect(applied(await create())).toMatchObject({ id: theirs?.id, origin: 'existing' });
    expect(person(String(theirs?.id))).toMatchObject({ firstName: 'A.', tags: ['Hot'] });
  });

  it('makes somebody else of who only has the same phone', async () => {
    open();
    const [other] = account.sandbox.seed('people', [
      {
        firstName: 'Bo',
        lastName: 'Berg',
        emails: [{ value: 'bo@example.com' }],
        phones: [{ value: '2025550143' }],
      },
    ]);
    expect(applied(await create())).toMatchObject({
      origin: 'created',
      id: expect.not.stringMatching(String(other?.id)),
    });
    expect(account.sandbox.records('people')).toHaveLength(2);
  });

  it('takes who has one of the e-mails where only the household is named', async () => {
    open({ emailMatch: 'exact' });
    const [ada] = account.sandbox.seed('people', [
      { firstName: 'A.', emails: [{ value: 'ADA@example.com' }] },
      { firstName: 'Bo', phones: [{ value: '2025550143' }] },
    ]);
    const body = contactBody({ emails: ['new@example.com', 'ada@EXAMPLE.com'], phones: ['2025550143'] });
    account.sandbox.editRecord('people', String(ada?.id), { emails: [{ value: 'ada@example.com' }] });
    expect(applied(await create(body))).toMatchObject({ origin: 'existing', id: ada?.id });
    expect(account.sandbox.records('people')).toHaveLength(2);
  });

  it('says that it isn’t known whether there is one where the answer has no id', async () => {
    open();
    account.sandbox.misbehave({
      times: 1,
      match: { method: 'POST', path: '/people' },
      fault: { kind: 'status', status: 201, body: { ok: true } },
    });
    expect(await create()).toMatchObject({ kind: 'ambiguous', code: 'ANSWER_WITHOUT_ID' });
  });
});

describe('looking for a person', () => {
  it('finds by e-mail however it is written, and by phone', async () => {
    open({ emailMatch: 'exact' });
    account.sandbox.seed('people', [
      { emails: [{ value: 'ada@example.com' }], phones: [{ value: '(202) 555-0143' }] },
    ]);
    const found = async (body: ReturnType<typeof contactBody>) => applied(await find(body)).length;
    expect(await found(contactBody({ emails: ['ADA@Example.com'] }))).toBe(1);
    expect(await found(contactBody({ emails: [], phones: ['+1 202 555 0143'] }))).toBe(1);
  });

  it('does not take whose relationship has the e-mail', async () => {
    open();
    const [held] = account.sandbox.seed('people', [
      { firstName: 'Sam', emails: [{ value: 'sam@example.com' }] },
    ]);
    account.sandbox.relate(String(held?.id), { relationshipId: 3, email: 'ada@example.com' });
    expect(applied(await find())).toEqual([]);
    expect(applied(await create())).toMatchObject({ origin: 'created' });
  });

  it('leaves who is in Trash there, and lets another be made', async () => {
    open({ trashedDuplicate: 'created' });
    const [held] = account.sandbox.seed('people', [{ emails: [{ value: 'ada@example.com' }] }]);
    account.sandbox.trash(String(held?.id));
    expect(applied(await find())).toEqual([]);
    expect(applied(await create())).toMatchObject({ origin: 'created' });
    expect(person(String(held?.id))).toMatchObject({ stage: 'Trash' });
  });

  it('refuses one whom another agent has, in words, and makes no second one', async () => {
    open({ apiKeys: ['sandbox-key', 'agent'], agentKeys: ['agent'] });
    account.sandbox.seed('people', [{ assignedUserId: 1, emails: [{ value: 'ada@example.com' }] }]);
    const asAgent = account.as('agent');
    expect(await find(ADA, asAgent)).toMatchObject({
      kind: 'rejected',
      code: 'OWNED_BY_ANOTHER',
      whose: 'record',
      detail: expect.stringMatching(/another agent/),
    });
    expect(await create(ADA, asAgent)).toMatchObject({ kind: 'rejected', code: 'ACCESS_FORBIDDEN' });
    expect(account.sandbox.records('people')).toHaveLength(1);
  });

  it('waits where the search is only late', async () => {
    open({ searchLagMs: 3_600_000 });
    await create();
    expect(await find()).toMatchObject({ kind: 'retry_later', code: 'NOT_SHOWN_YET' });
    await account.clock.advance(3_600_001);
    expect(applied(await find())).toHaveLength(1);
  });

  it('takes a refused look-up for no answer, never for nobody', async () => {
    open();
    const match = { path: '/people' };
    account.sandbox.misbehave({ times: 1, match, fault: { kind: 'status', status: 404 } });
    expect(await find()).toMatchObject({ kind: 'retry_later' });
    account.sandbox.misbehave({
      times: 1,
      match,
      fault: { kind: 'status', status: 200, body: { _metadata: { collection: 'contacts' }, people: [] } },
    });
    expect(await find()).toMatchObject({ kind: 'retry_later', code: 'ANSWER_UNEXPECTED' });
  });
});

describe('changing a person', () => {
  it('is one call that says what changed alone', async () => {
    open();
    const { id } = applied(await create());
    account.calls();
    const { fields } = await draft(contactBody({ name: 'Ada Lowe' }));
    account.calls();
    applied(await update(id, { fields, changed: ['lastName', 'assignedUserId', 'notes'] }));
    expect(account.calls()).toEqual([`PUT /people/${id}`]);
    expect(account.sandbox.requests().at(-1)?.body).toEqual({ lastName: 'Lowe' });
  });

  it('reads a list before it is replaced, and carries along what others did to it meanwhile', async () => {
    open();
    const { id, fields: held = {} } = applied(await create());
    account.sandbox.editRecord('people', id, { tags: ['Seller', 'Hot'], background: 'Theirs' });
    account.sandbox.relate(id, { relationshipId: 4, phone: '2025550100' });
    account.calls();
    const fields = {
      ...held,
      tags: ['Buyer'],
      phones: [{ value: '+1 202 555 0143' }, { value: '+1 202 555 0199' }],
    };
    const told = applied(await update(id, { fields, changed: ['tags', 'phones'], held }));
    expect(account.calls()).toEqual([`GET /people/${id}`, `PUT /people/${id}`]);
    expect(person(id)).toMatchObject({
      tags: ['Buyer', 'Hot'],
      phones: [
        { value: '+1 202 555 0143' },
        { value: '+1 202 555 0199' },
        { value: '2025550100', relationshipId: 4 },
      ],
      background: 'Theirs',
    });
    expect(told.fields).toMatchObject({ tags: ['Buyer', 'Hot'] });
  });

  it('leaves out what people took out, and does not read again what was read for it', async () => {
    open();
    const { id, fields: held = {} } = applied(await create());
    account.sandbox.editRecord('people', id, { phones: [] });
    const fields = { ...held, phones: [...(held['phones'] as object[] as never[]), { value: '021 1' }] };
    applied(await update(id, { fields, changed: ['phones'], held }));
    expect(person(id)).toMatchObject({ phones: [{ value: '021 1' }] });
    account.calls();
    applied(await update(id, { fields, changed: ['phones'], held, rest: {} }));
    expect(account.calls()).toEqual([`PUT /people/${id}`]);
  });

  it('says a name again where nothing differs', async () => {
    open();
    const { id, fields = {} } = applied(await create());
    applied(await update(id, { fields, changed: [] }));
    expect(account.sandbox.requests().at(-1)?.body).toEqual({ firstName: 'Ada', lastName: 'Lovelace' });
  });

  it('does not revive who was thrown away', async () => {
    open();
    const { id, fields = {} } = applied(await create());
    applied(await can(account.people.delete)(account.http, id));
    expect(person(id)).toMatchObject({ stage: 'Trash' });
    applied(await update(id, { fields: { ...fields, lastName: 'Lowe' }, changed: ['lastName'] }));
    expect(person(id)).toMatchObject({ stage: 'Trash', lastName: 'Lowe' });
  });
});

describe('what else is read', () => {
  it('shows what people entered beside, and nothing where they entered nothing', async () => {
    open();
    const { id } = applied(await create());
    expect(applied(await can(account.people.read)(account.http, id)).rest).toEqual({});
    account.sandbox.editRecord('people', id, { background: 'Long ago', stage: 'Nurture' });
    expect(applied(await can(account.people.read)(account.http, id)).rest).toEqual({
      background: 'Long ago',
      stage: 'Nurture',
    });
  });

  it('lists who changed since, to the second, with those in Trash', async () => {
    open();
    const people = account.sandbox.seed(
      'people',
      Array.from({ length: 250 }, () => ({ firstName: 'Old' })),
    );
    await account.clock.advance(60_000);
    const since = account.clock.now();
    account.sandbox.editRecord('people', String(people[3]?.id), { firstName: 'New' });
    account.sandbox.trash(String(people[7]?.id));
    account.calls();
    const hits = applied(await can(account.people.changes)(account.http, since, 1_000));
    expect(hits.map(({ id }) => id).sort()).toEqual([people[3]?.id, people[7]?.id].sort());
    expect(account.calls()).toHaveLength(1);
  });

  it('is no listing where it is not in order, or has no end', async () => {
    open();
    const item = (id: number, updated: string) => ({ id, updated, firstName: 'x' });
    const page = (items: object[], next: string | null) => ({
      kind: 'status' as const,
      status: 200,
      body: { _metadata: { collection: 'people', total: 9, next }, people: items as never[] },
    });
    const changes = async () => await account.people.changes?.(account.http, 0, 1_000);
    account.sandbox.misbehave({
      times: 1,
      fault: page([item(1, '2026-01-01T00:00:00Z'), item(2, '2026-02-01T00:00:00Z')], null),
    });
    expect(await changes()).toMatchObject({ kind: 'retry_later', code: 'ANSWER_UNEXPECTED' });
    account.sandbox.misbehave({ fault: page([item(1, '2026-01-01T00:00:00Z')], 'again') });
    expect(await changes()).toMatchObject({ kind: 'retry_later', code: 'ANSWER_UNEXPECTED' });
  });
});

describe('notes', () => {
  const [notes] = [() => account.people.parts.others?.[0]];

  it('are added one by one, and told apart from others’ by their text', async () => {
    open({ noteBody: 'escaped' });
    const { id } = applied(await create());
    const part = notes();
    if (part?.does !== 'appends') throw new Error('no notes');
    applied(await part.append(account.http, id, 'Likes <tea> & cake'));
    account.sandbox.seed('notes', [
      { personId: Number(id), body: 'Theirs' },
      { personId: 999, body: 'Another’s' },
    ]);
    expect(applied((await part.list?.(account.http, id)) ?? { kind: 'gone', code: '', detail: '' })).toEqual([
      'Theirs',
      'Likes <tea> & cake',
    ]);
  });

  it('wait for somebody new to be assigned', async () => {
    open({ assigningMs: 3_600_000 });
    const { id } = applied(await create());
    const part = notes();
    if (part?.does !== 'appends') throw new Error('no notes');
    expect(await part.append(account.http, id, 'Hello')).toMatchObject({
      kind: 'retry_later',
      code: 'NOT_ASSIGNED_YET',
    });
    await account.clock.advance(3_600_001);
    applied(await part.append(account.http, id, 'Hello'));
  });
});

it('takes mapping without facts for one without an owner', () => {
  open();
  expect(account.people.fields(ADA, contextOf(new Map()))['assignedUserId']).toBeNull();
});
