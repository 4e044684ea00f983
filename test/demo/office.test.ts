import { describe, expect, it } from '@jest/globals';
import { decodeChange } from '../../src/domain/events/decode-change.ts';
import { createLiveChanges } from '../../src/demo/live-changes.ts';
import { createOffice } from '../../src/demo/office.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';

const NOON = Date.parse('2026-03-01T12:00:00Z');

function everything(seed: number) {
  const office = createOffice({ userId: 'ava', seed, now: () => NOON });
  const next = createLiveChanges(office.book, seededRandom(seed), () => NOON);
  const afterwards = office.afterwards();
  const live = Array.from({ length: 500 }, () => next());
  return {
    office,
    history: office.history,
    changes: [...office.history.flat(), ...afterwards, ...live],
  };
}

describe("the demo's office", () => {
  it('is the same for the same seed, and another for another', () => {
    expect(everything(1).changes).toEqual(everything(1).changes);
    expect(everything(1).changes).not.toEqual(everything(2).changes);
  });

  it('sends what the service takes, each entity in growing versions and ever later', () => {
    const versions = new Map<string, number>();
    let last = 0;
    const { office, changes } = everything(1);
    for (const change of changes) {
      const decoded = decodeChange(change.entity, structuredClone(change), change.entityId, Date.now());
      expect(decoded).toMatchObject({ ok: true });
      const key = `${change.entity}/${change.entityId}`;
      expect(change.version).toBe((versions.get(key) ?? 0) + 1);
      versions.set(key, change.version);
      last = Math.max(last, Number(change['occurredAt']));
    }
    const entries = office.book.entries();
    expect(new Set(entries.map(({ occurredAt }) => occurredAt)).size).toBe(entries.length);
    expect(Math.max(...entries.map(({ occurredAt }) => occurredAt))).toBe(last);
  });

  it('has 40 contacts, 15 properties and 12 deals, with what is hard to get right among them', () => {
    const { history } = everything(1);
    const all = history.flat();
    const count = (kind: string) =>
      new Set(all.filter(({ entity }) => entity === kind).map((one) => one.entityId)).size;
    expect([count('contact'), count('property'), count('deal')]).toEqual([40, 15, 12]);
    const contacts = all.map(({ contact }) => contact as { name: string; emails: string[] } | undefined);
    const emails = contacts.flatMap((contact) => contact?.emails ?? []);
    expect(emails.length - new Set(emails).size).toBe(1);
    expect(emails.filter((email) => !/@.+\./u.test(email))).toHaveLength(1);
    expect(contacts.filter((contact) => contact?.emails.length === 0)).toHaveLength(1);
    expect(contacts.filter((contact) => contact && !contact.name.includes(' '))).toHaveLength(1);
    expect(contacts.some((contact) => /\p{Script=Han}/u.test(contact?.name ?? ''))).toBe(true);
    expect(all[0]?.entity).toBe('deal');
  });

  it('goes on with a burst, a stage and somebody who leaves', () => {
    const office = createOffice({ userId: 'ava', seed: 1, now: () => NOON });
    const after = office.afterwards();
    expect(after.filter(({ entityId }) => entityId === 'contact-1')).toHaveLength(8);
    expect(
      after.some(({ deal }) => (deal as { stage: string } | undefined)?.stage === 'under contract'),
    ).toBe(true);
    expect(after.filter(({ operation }) => operation === 'DELETE')).toHaveLength(1);
  });
});
