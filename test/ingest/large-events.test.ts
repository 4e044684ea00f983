import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { event } from '../domain/change-arbitraries.ts';
import { contactBody, USER } from '../support/builders.ts';
import { createIngestHarness, letter, type IngestHarness } from './ingest-harness.ts';

let ingest: IngestHarness;
beforeEach(async () => {
  ingest = await createIngestHarness();
});
afterEach(() => ingest.close());

const times = (method: string): number => ingest.calls.filter((called) => called === method).length;

describe('what is large', () => {
  it('is taken in part by part, each record once, over what is larger still', async () => {
    const mine = await ingest.connect(USER);
    const large = contactBody({ relationshipNotes: ['x'.repeat(700_000)] });
    const ids = ['c1', 'c2', 'c3', 'c4', 'c5'];
    for (const entityId of ids) await ingest.take([event({ entityId, body: large })]);
    const before = times('records.readPart');
    const verdicts = await ingest.take(ids.map((entityId) => event({ entityId, version: 2 })));
    expect(verdicts).toEqual(ids.map(() => 'accepted'));
    expect(times('records.readPart') - before).toBe(3);
    for (const id of ids) expect(await ingest.link(mine, `contact/${id}`)).toMatchObject({ wanted: 2 });
  });

  it('does not go through the index of dead letters: the topic has it whole', async () => {
    const value = new Uint8Array(3_000_000).fill(32);
    await ingest.take([], { letters: [{ ...letter(1), key: new Uint8Array(9_000), value }] });
    const [told] = ingest.told;
    expect(told?.letter.value).toHaveLength(3_000_000);
    expect(told?.letter.key).toHaveLength(9_000);
    const kept = await ingest.store.deadLetters.read(letter(1).id);
    expect(kept?.value).toHaveLength(1_048_576);
    expect(kept?.key).toHaveLength(1_024);
    expect(kept).toMatchObject({ valueBytes: 3_000_000 });
  });
});
