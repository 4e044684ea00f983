import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventContentHash, type Change, type ChangeEvent } from '../../src/domain/change-event.ts';
import { applyChange, changesRecord, recordContentHash, type ZenaRecord } from '../../src/domain/record.ts';
import { changeEvent, contactEvents } from './change-arbitraries.ts';

/** Folds changes into a record, as ingest does over any number of batches. */
function fold(changes: readonly Change[], from: ZenaRecord | null = null): ZenaRecord | null {
  return changes.reduce((current, change) => applyChange(current, change, 5_000).record, from);
}

const asChanges = (events: readonly ChangeEvent[]): Change[] =>
  events.map((event) => ({ type: 'event', event, place: null }));

/** What a record says, apart from our own count and when which of two equal messages brought it. */
function said(record: ZenaRecord | null) {
  if (record === null) return null;
  const { version, deleted, body, userId, accountId, references } = record;
  return { version, deleted, body, userId, accountId, references };
}

/** The contract's rule for the winner, written without a fold. */
function winner(events: readonly ChangeEvent[]): ChangeEvent {
  return [...events].sort((a, b) => {
    if (a.version !== b.version) return b.version - a.version;
    if (a.operation !== b.operation) return a.operation === 'DELETE' ? -1 : 1;
    return eventContentHash(b).localeCompare(eventContentHash(a));
  })[0] as ChangeEvent;
}

const manyEvents = fc.array(contactEvents, { minLength: 1, maxLength: 8 });
const shuffledWithRepeats = manyEvents.chain((events) =>
  fc.record({
    events: fc.constant(events),
    others: fc
      .array(fc.constantFrom(...events), { maxLength: 6 })
      .chain((repeats) =>
        fc.shuffledSubarray([...events, ...repeats], { minLength: events.length + repeats.length }),
      ),
  }),
);

describe('a record after a set of changes', () => {
  it('is the same whatever order they came in and however often each came', () => {
    fc.assert(
      fc.property(shuffledWithRepeats, ({ events, others }) => {
        expect(said(fold(asChanges(others)))).toEqual(said(fold(asChanges(events))));
      }),
    );
  });

  it('is what the newest version says; of equal versions the DELETE, then the greater content hash', () => {
    fc.assert(
      fc.property(manyEvents, (events) => {
        const best = winner(events);
        const record = fold(asChanges(events)) as ZenaRecord;
        expect(record).toMatchObject({ version: best.version, userId: best.userId });
        expect(recordContentHash(record)).toBe(eventContentHash(best));
      }),
    );
  });

  it('has a revision that grew by exactly the changes that were accepted', () => {
    fc.assert(
      fc.property(manyEvents, (events) => {
        let current: ZenaRecord | null = null;
        let accepted = 0;
        for (const change of asChanges(events)) {
          const applied = applyChange(current, change, 5_000);
          if (changesRecord(applied.verdict)) accepted += 1;
          // Whatever is not accepted hands back the very record that stood.
          else expect(applied.record).toBe(current);
          current = applied.record;
        }
        expect(current?.revision).toBe(accepted);
      }),
    );
  });

  it('changes no more when everything comes again', () => {
    fc.assert(
      fc.property(shuffledWithRepeats, ({ events, others }) => {
        const before = fold(asChanges(events));
        expect(fold(asChanges(others), before)).toBe(before);
      }),
    );
  });

  it('never takes a version back', () => {
    fc.assert(
      fc.property(manyEvents, contactEvents, (events, late) => {
        const before = fold(asChanges(events)) as ZenaRecord;
        const after = fold(asChanges([late]), before) as ZenaRecord;
        expect(after.version).toBe(Math.max(before.version, late.version));
      }),
    );
  });

  it('ignores by which message and when the same was said', () => {
    fc.assert(
      fc.property(contactEvents, (one) => {
        const record = fold(asChanges([one]));
        const again = changeEvent({ ...one, eventId: 'e-other', occurredAt: 9_000, origin: 'import' });
        const applied = applyChange(record, { type: 'event', event: again, place: null }, 9_999);
        expect(applied).toEqual({ verdict: 'repeated', record });
      }),
    );
  });
});
