import { describe, expect, it } from '@jest/globals';
import { TIMELINE_LENGTH, type TimelineEntry } from '../../../../src/domain/timeline.ts';
import type { Page } from '../../../../src/domain/page.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import type { TimelineStore } from '../../../../src/state-store/timeline-store.port.ts';
import { timelineEntry } from '../../../support/builders.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';
import { idOf } from '../links/link-steps.ts';

const LINK = idOf('contact/c-1');

export function timelineContract(store: () => StateStore): void {
  const timeline = (): TimelineStore => store().timeline;

  describe('of a link', () => ofLinkContract(timeline));
  describe('of a user', () => ofUserContract(timeline));
  describe('entries of before', () => uncheckedContract(timeline));

  it('deletes what is older than a time', async () => {
    await timeline().append([0, 1, 2, 3].map((sequence) => timelineEntry(LINK, sequence)));
    expect(await timeline().prune(1_002)).toBe(2);
    expect(await timeline().prune(1_002)).toBe(0);
    expect((await timeline().ofLink(LINK, null, 10)).items.map((entry) => entry.sequence)).toEqual([3, 2]);
    expect((await timeline().ofUser('user-1', null, 10)).map((entry) => entry.sequence)).toEqual([2, 3]);
  });
}

function ofLinkContract(timeline: () => TimelineStore): void {
  it('gives back every field, newest first', async () => {
    const full = timelineEntry(LINK, 1, {
      code: 'rejected',
      reason: 'CRM_REJECTED',
      errors: [{ field: 'a.b', message: '$bad' }],
      changed: ['a.b', '$c', '__proto__'],
      title: 'Søren 家',
      version: 2 ** 53 - 1,
      latencyMs: null,
      replaced: { 'a.b': 'Theirs', $c: null, d: ['x'] },
      checked: true,
    });
    const first = timelineEntry(LINK, 0, { version: null });
    await timeline().append([first, full]);
    expect(await timeline().ofLink(LINK, null, 10)).toEqual({ items: [full, first], nextCursor: null });
    expect(await timeline().ofLink(idOf('contact/c-2'), null, 10)).toEqual({ items: [], nextCursor: null });
  });

  it('keeps an entry once that is appended twice', async () => {
    await timeline().append([timelineEntry(LINK, 0)]);
    await timeline().append([timelineEntry(LINK, 0)]);
    await timeline().append([]);
    expect((await timeline().ofLink(LINK, null, 10)).items).toHaveLength(1);
    expect(await timeline().ofUser('user-1', null, 10)).toHaveLength(1);
  });

  it('keeps the last entries of a link, appended one by one or at once', async () => {
    const total = TIMELINE_LENGTH + 30;
    const other = idOf('contact/c-2');
    const entries = (id: typeof LINK): TimelineEntry[] =>
      Array.from({ length: total }, (_, sequence) => timelineEntry(id, sequence));
    for (const entry of entries(LINK)) await timeline().append([entry]);
    await timeline().append(entries(other));
    const last = entries(LINK).slice(-TIMELINE_LENGTH).reverse();
    expect((await timeline().ofLink(LINK, null, 1_000)).items).toEqual(last);
    expect((await timeline().ofLink(other, null, 1_000)).items.map((entry) => entry.sequence)).toEqual(
      last.map((entry) => entry.sequence),
    );
    expect(await timeline().ofUser('user-1', null, 1_000)).toHaveLength(2 * TIMELINE_LENGTH);
  });

  it('pages without repeating or skipping while entries come in', async () => {
    await timeline().append(Array.from({ length: 9 }, (_, sequence) => timelineEntry(LINK, sequence)));
    const seen: number[] = [];
    let cursor: string | null = null;
    let next = 9;
    do {
      const page: Page<TimelineEntry> = await timeline().ofLink(LINK, cursor, 4);
      expect(page.items.length).toBeLessThanOrEqual(4);
      seen.push(...page.items.map((entry) => entry.sequence));
      cursor = page.nextCursor;
      await timeline().append([timelineEntry(LINK, next)]);
      next += 1;
    } while (cursor !== null);
    expect(seen).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('keeps the timelines of awkward ids apart', async () => {
    await timeline().append(AWKWARD_IDS.map((id) => timelineEntry(idOf(`contact/${id}`), 0)));
    for (const id of AWKWARD_IDS) {
      const { items } = await timeline().ofLink(idOf(`contact/${id}`), null, 10);
      expect(items.map((entry) => entry.entityId)).toEqual([id]);
    }
  });
}

function uncheckedContract(timeline: () => TimelineStore): void {
  const all = [0, 1, 2].map((sequence) => timelineEntry(LINK, sequence, { title: 'Before' }));
  const checked = (entry: TimelineEntry): TimelineEntry => ({ ...entry, title: 'c-1', checked: true });
  const sequences = (entries: readonly TimelineEntry[]): number[] =>
    entries.map(({ sequence }) => sequence).sort();

  it('are found until they are rewritten, and what is written checked never is', async () => {
    await timeline().append([...all, timelineEntry(LINK, 3, { checked: true })]);
    expect(await timeline().unchecked(2)).toHaveLength(2);
    expect(sequences(await timeline().unchecked(10))).toEqual([0, 1, 2]);
    await timeline().rewrite(all.slice(0, 2).map(checked));
    await timeline().rewrite([]);
    expect(await timeline().unchecked(10)).toEqual([all[2]]);
    const { items } = await timeline().ofLink(LINK, null, 10);
    expect(items.slice(1)).toEqual([all[2], ...all.slice(0, 2).map(checked).reverse()]);
    expect(await timeline().ofUser('user-1', null, 10)).toEqual([...items].reverse());
  });

  it('are left alone where they are gone, or where another stands in their place', async () => {
    await timeline().append(all);
    const later = timelineEntry(LINK, TIMELINE_LENGTH, { checked: true });
    await timeline().append([later]);
    await timeline().prune(1_002);
    await timeline().rewrite(all.map(checked));
    const { items } = await timeline().ofLink(LINK, null, 10);
    expect(items).toEqual([later, ...all.slice(2).map(checked)]);
  });
}

function ofUserContract(timeline: () => TimelineStore): void {
  const entries = [0, 1, 2, 3, 4].map((sequence) =>
    timelineEntry(idOf(sequence % 2 === 0 ? 'contact/c-1' : 'deal/d-1'), sequence, { at: 1_000 + sequence }),
  );

  it('gives what came after an entry, oldest first, over all links of the user', async () => {
    await timeline().append(entries);
    await timeline().append([timelineEntry(idOf('contact/x'), 0, { userId: 'user-2' })]);
    expect(await timeline().ofUser('user-1', entries[1]?.id ?? '', 2)).toEqual([entries[2], entries[3]]);
    expect(await timeline().ofUser('user-1', entries[4]?.id ?? '', 2)).toEqual([]);
    expect(await timeline().ofUser('nobody', null, 2)).toEqual([]);
  });

  it('gives the newest, oldest first, where no entry is named', async () => {
    await timeline().append(entries);
    expect(await timeline().ofUser('user-1', null, 3)).toEqual(entries.slice(2));
  });

  it('goes on after an entry that is gone', async () => {
    await timeline().append(entries);
    await timeline().prune(1_002);
    expect(await timeline().ofUser('user-1', entries[0]?.id ?? '', 10)).toEqual(entries.slice(2));
  });
}
