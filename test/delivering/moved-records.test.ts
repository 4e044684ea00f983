import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf } from '../../src/domain/connection.ts';
import { recordKey, type EntityBody, type EntityKind } from '../../src/domain/entity.ts';
import { linkId } from '../../src/domain/link.ts';
import { contactBody, dealBody, propertyBody } from '../support/builders.ts';
import { createCoreHarness, HARNESS_USER, type CoreHarness } from '../support/core-harness.ts';

/**
 * What the tests of before did not ask: they looked at the calls of the CRM and at the codes of the timeline, where a record that moved away
 * did what it should, and never at the words of an entry; and the tenancy matrix had users who each kept what they had.
 */
const OTHER = 'user-2';
const SECRET = 'canary-of-user-2';
const MINE = 'canary-of-user-1';

const THEIRS: Readonly<Record<EntityKind, EntityBody>> = {
  contact: contactBody({ name: SECRET, emails: [`${SECRET}@example.test`] }),
  property: propertyBody({ address: `1 ${SECRET} Street`, riskOverview: SECRET }),
  deal: dealBody({ summary: SECRET, nextAction: SECRET }),
};
const OWN: Readonly<Record<EntityKind, EntityBody>> = {
  contact: contactBody({ name: MINE }),
  property: propertyBody({ address: `2 ${MINE} Street` }),
  deal: dealBody({ summary: MINE }),
};

let core: CoreHarness;
beforeEach(async () => {
  core = await createCoreHarness({ retryDelaysMs: [] });
});
afterEach(() => core.close());

/** All that is kept or was published under the first user. */
async function underMe(kind: EntityKind, entityId: string): Promise<string> {
  const scope = scopeOf(await core.connection());
  const id = linkId(scope, recordKey(kind, entityId));
  const { timeline, links, deadLetters } = core.store;
  const ofUser = await timeline.ofUser(HARNESS_USER, null, 200);
  const ofLink = await timeline.ofLink(id, null, 100);
  const link = await links.read([id]);
  const letters = await deadLetters.list({ userId: HARNESS_USER }, null, 100);
  const published = core.topic.filter(({ letter }) => letter.delivery?.userId === HARNESS_USER);
  return JSON.stringify([ofUser, ofLink, [...link], letters, published]);
}

describe('a record that moved to another user while its connection was paused', () => {
  it.each(['contact', 'property', 'deal'] as const)(
    'leaves nothing of it under the first: %s',
    async (kind) => {
      await core.upsert('x', OWN[kind]);
      await core.converge();
      await core.patchConnection({ status: 'paused', epoch: 2 });
      await core.upsert('x', OWN[kind]);
      await core.upsert('x', THEIRS[kind], { userId: OTHER });
      await core.patchConnection({ status: 'active', epoch: 3 });
      await core.converge();
      expect(await core.codes(kind, 'x')).toEqual(['created', 'not_owner']);
      // Later edits of theirs, too.
      await core.upsert('x', THEIRS[kind], { userId: OTHER });
      await core.converge();
      const all = await underMe(kind, 'x');
      expect(all).not.toContain(SECRET);
      expect(all).toContain(MINE);
    },
  );

  it('says of itself only its id', async () => {
    await core.upsert('x', OWN.contact);
    await core.converge();
    await core.patchConnection({ status: 'paused', epoch: 2 });
    await core.upsert('x', OWN.contact);
    await core.upsert('x', THEIRS.contact, { userId: OTHER });
    await core.patchConnection({ status: 'active', epoch: 3 });
    await core.converge();
    const [last] = (await core.store.timeline.ofUser(HARNESS_USER, null, 1)).slice(-1);
    expect(last).toMatchObject({ code: 'not_owner', title: 'x', version: null });
  });
});

describe('one of two contacts with an e-mail that moves to another user', () => {
  it('leaves to the first what was its own, and brings nothing of the second’s', async () => {
    await core.upsert('c1', contactBody({ name: 'First Sharer' }));
    await core.upsert('c2', contactBody({ name: MINE }));
    await core.converge();
    await core.upsert('c2', THEIRS.contact, { userId: OTHER });
    await core.converge();
    await core.upsert('c1', contactBody({ name: 'First Sharer', phones: ['+64 3 555 0000'] }));
    await core.converge();
    expect(await core.codes('contact', 'c2')).toContain('unlinked');
    expect(await underMe('contact', 'c1')).not.toContain(SECRET);
    expect(await underMe('contact', 'c2')).not.toContain(SECRET);
    expect(JSON.stringify(core.crm.of('contact'))).not.toContain(SECRET);
  });
});

describe('a reference to a record that moved to another user', () => {
  it('brings nothing of it', async () => {
    await core.upsert('c1', OWN.contact);
    await core.upsert('d1', dealBody({ summary: 'A sale', contacts: ['c1'] }));
    await core.converge();
    await core.upsert('c1', THEIRS.contact, { userId: OTHER });
    await core.upsert('d1', dealBody({ summary: 'A sale, later', contacts: ['c1'] }));
    await core.converge();
    expect(await underMe('deal', 'd1')).not.toContain(SECRET);
    expect(await underMe('contact', 'c1')).not.toContain(SECRET);
    expect(JSON.stringify(core.crm.of('deal'))).not.toContain(SECRET);
  });
});

describe('a dead letter of a record that moved before it was told', () => {
  it('is published under its user without what the record says now', async () => {
    core.topicFault = new Error('the topic is away');
    core.crm.rejects = () => true;
    await core.upsert('x', OWN.contact);
    await core.converge(60_000);
    await core.upsert('x', THEIRS.contact, { userId: OTHER });
    core.topicFault = null;
    await core.crash();
    await core.converge();
    expect(core.topic.length).toBeGreaterThan(0);
    expect(await underMe('contact', 'x')).not.toContain(SECRET);
  });
});

describe('a record that moves within one CRM account to another user’s connection', () => {
  const second = async () => {
    const first = await core.connection();
    const other = { ...first, connectionId: 'conn-2', owner: { type: 'user' as const, id: OTHER } };
    await core.store.connections.insert(other);
    await core.store.accounts.join(scopeOf(first), scopeOf(other));
    await core.crash();
    return scopeOf(other);
  };

  it('shows neither what the other wrote into the CRM record that both have', async () => {
    const scope = await second();
    await core.upsert('c1', contactBody({ name: 'First Sharer', relationshipNotes: ['of the first'] }));
    await core.upsert('c2', contactBody({ name: MINE, phones: [], relationshipNotes: [`${MINE} notes`] }));
    await core.converge();
    await core.clock.advance(120_000);
    const theirs = contactBody({
      name: SECRET,
      phones: ['+64 3 555 0001'],
      relationshipNotes: [`${SECRET} notes`],
    });
    await core.upsert('c2', theirs, { userId: OTHER });
    await core.converge();
    await core.clock.advance(120_000);
    // People's own words stay told.
    const [shared] = core.crm.of('contact');
    core.crm.edit(shared?.id ?? '', { type: 'people-type' });
    await core.clock.advance(120_000);
    await core.upsert('c1', contactBody({ name: 'First Sharer Later', relationshipNotes: ['of the first'] }));
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    const mine = await core.store.timeline.ofUser(HARNESS_USER, null, 200);
    const others = await core.store.timeline.ofUser(OTHER, null, 200);
    expect(JSON.stringify(mine)).not.toContain(SECRET);
    expect(JSON.stringify(mine)).toContain('people-type');
    expect(JSON.stringify(others)).toContain(SECRET);
    expect(JSON.stringify(others)).not.toContain(MINE);
    const link = await core.store.links.read([linkId(scope, 'contact/c2')]);
    expect(JSON.stringify([...link.values()].map(({ copy }) => copy?.before))).not.toContain(MINE);
  });
});
