import { describe, expect, it } from '@jest/globals';
import { newLink } from '../../src/domain/link.ts';
import type { TimelineEntry } from '../../src/domain/timeline.ts';
import { createTimelineWriter } from '../../src/delivering/timeline-writer.ts';
import type { TimelineStore } from '../../src/state-store/timeline-store.port.ts';
import { CONNECTION_ID, contact, SCOPE, USER } from '../support/builders.ts';

const record = contact('c1', { version: 7 });
const link = { ...newLink(SCOPE, CONNECTION_ID, USER, record.key), journal: 5 };

function writerAt(clock: { now: number }) {
  const entries: TimelineEntry[] = [];
  const heard: string[] = [];
  const store = {
    append: async (added: readonly TimelineEntry[]) => {
      for (const entry of added) entries.push(entry);
    },
  } as unknown as TimelineStore;
  const writer = createTimelineWriter(
    store,
    () => clock.now,
    'p1',
    (userId) => heard.push(userId),
  );
  return { writer, entries, heard };
}

const note = (code: TimelineEntry['code']) => ({ code, detail: 'Said to people.' });

describe('a timeline', () => {
  it('numbers on from what the link has, names the record and tells its user', async () => {
    const { writer, entries, heard } = writerAt({ now: 1_000 });
    await writer.write(link, record, 'mri_vault', [
      note('adopted'),
      { ...note('updated'), changed: ['email'] },
    ]);
    expect(entries.map((entry) => entry.sequence)).toEqual([5, 6]);
    expect(entries[1]).toMatchObject({
      linkId: link.id,
      userId: USER,
      provider: 'mri_vault',
      kind: 'contact',
      entityId: 'c1',
      title: 'Ada Lovelace',
      code: 'updated',
      changed: ['email'],
      errors: [],
      version: 7,
      at: 1_000,
    });
    expect(heard).toEqual([USER]);
  });

  it('without a note writes nothing, and without a record goes by the id', async () => {
    const { writer, entries, heard } = writerAt({ now: 1_000 });
    await writer.write(link, null, 'mri_vault', []);
    expect([entries, heard]).toEqual([[], []]);
    await writer.write(link, null, 'mri_vault', [note('dead')]);
    expect(entries[0]).toMatchObject({ title: 'c1', version: null });
  });

  it('names nothing of a record that is another user’s by now', async () => {
    const { writer, entries } = writerAt({ now: 1_000 });
    await writer.write(link, { ...record, userId: 'user-2' }, 'mri_vault', [note('not_owner')]);
    expect(entries).toMatchObject([{ title: 'c1', version: null, checked: true }]);
    expect(JSON.stringify(entries)).not.toContain('Lovelace');
  });

  it('has ids that grow, also within a millisecond and when the clock is set back', async () => {
    const clock = { now: 9_999 };
    const { writer, entries } = writerAt(clock);
    for (const now of [9_999, 9_999, 10_000, 5_000, 5_001, 10_001, 10_001]) {
      clock.now = now;
      await writer.write(link, record, 'mri_vault', [note('updated'), note('updated')]);
    }
    const ids = entries.map((entry) => entry.id);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(entries.map((entry) => entry.at).slice(6, 8)).toEqual([5_000, 5_000]);
  });

  it('has ids that grow past a million entries of one moment', async () => {
    const { writer, entries } = writerAt({ now: 1_000 });
    const many = new Array(1_000_002).fill(note('updated')) as ReturnType<typeof note>[];
    await writer.write(link, record, 'mri_vault', many.slice(0, 500_000));
    await writer.write(link, record, 'mri_vault', many.slice(500_000, 999_990));
    await writer.write(link, record, 'mri_vault', many.slice(999_990));
    const ids = entries.slice(-12).map((entry) => entry.id);
    expect([...ids].sort()).toEqual(ids);
  });
});
