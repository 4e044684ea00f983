import { expect, it } from '@jest/globals';
import type { FeedPosition } from '../../../../src/state-store/feed-position-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';

const at = (topic: string, partition: number, next: bigint): FeedPosition => ({ topic, partition, next });

export function feedPositionContract(store: () => StateStore): void {
  const read = async (...topics: string[]): Promise<string[]> => {
    const found = await store().feedPositions.read(topics);
    return found.map(({ topic, partition, next }) => `${topic}/${String(partition)} ${next}`).sort();
  };

  it('knows no position before one was kept', async () => {
    expect(await read('contacts', 'deals')).toEqual([]);
  });

  it('keeps a position for each partition, and answers those of the topics that are asked for', async () => {
    const { feedPositions } = store();
    await feedPositions.advance([at('contacts', 0, 5n), at('contacts', 11, 7n), at('deals', 0, 1n)]);
    expect(await read('contacts')).toEqual(['contacts/0 5', 'contacts/11 7']);
    expect(await read('contacts', 'deals')).toEqual(['contacts/0 5', 'contacts/11 7', 'deals/0 1']);
    expect(await read()).toEqual([]);
  });

  it('never moves back by itself: an owner of before may write late', async () => {
    const { feedPositions } = store();
    await feedPositions.advance([at('contacts', 0, 100n)]);
    await feedPositions.advance([at('contacts', 0, 40n), at('contacts', 1, 3n)]);
    expect(await read('contacts')).toEqual(['contacts/0 100', 'contacts/1 3']);
    await feedPositions.advance([at('contacts', 0, 101n)]);
    expect(await read('contacts')).toEqual(['contacts/0 101', 'contacts/1 3']);
  });

  it('is put back where it is told to', async () => {
    const { feedPositions } = store();
    await feedPositions.advance([at('contacts', 0, 100n)]);
    await feedPositions.replace([at('contacts', 0, 0n), at('contacts', 2, 9n)]);
    expect(await read('contacts')).toEqual(['contacts/0 0', 'contacts/2 9']);
  });

  it('keeps offsets that are larger than a number can be exactly', async () => {
    const { feedPositions } = store();
    const far = 2n ** 60n + 1n;
    await feedPositions.advance([at('contacts', 0, far)]);
    await feedPositions.advance([at('contacts', 0, far - 1n)]);
    expect(await read('contacts')).toEqual([`contacts/0 ${far}`]);
  });

  it('keeps the furthest of those that are written at once', async () => {
    const { feedPositions } = store();
    const all = Array.from({ length: 20 }, (_, index) => BigInt((index * 7) % 20));
    await Promise.all(all.map((next) => feedPositions.advance([at('contacts', 0, next)])));
    expect(await read('contacts')).toEqual(['contacts/0 19']);
  });

  it('notes what a process has in hand of each partition, apart from the positions', async () => {
    const { feedPositions } = store();
    const far = 2n ** 60n;
    const part = { from: far + 1n, upTo: far + 9n, times: 1, by: 'one' };
    expect(await feedPositions.tried('contacts', 0)).toBeNull();
    await feedPositions.noteTried('contacts', 0, part);
    await feedPositions.noteTried('contacts', 1, { ...part, times: 2 });
    await feedPositions.advance([at('contacts', 0, far + 20n)]);
    expect(await feedPositions.tried('contacts', 0)).toEqual(part);
    expect(await feedPositions.tried('contacts', 1)).toEqual({ ...part, times: 2 });
    await feedPositions.noteTried('contacts', 0, { ...part, upTo: far + 1n, by: 'two' });
    expect(await feedPositions.tried('contacts', 0)).toEqual({ ...part, upTo: far + 1n, by: 'two' });
    expect(await read('contacts', 'deals')).toEqual([`contacts/0 ${far + 20n}`]);
  });

  it('takes a note away for whom it is', async () => {
    const { feedPositions } = store();
    const part = { from: 1n, upTo: 1n, times: 2, by: 'two' };
    await feedPositions.clearTried('contacts', 0, 'two');
    await feedPositions.noteTried('contacts', 0, part);
    await feedPositions.clearTried('contacts', 0, 'one');
    expect(await feedPositions.tried('contacts', 0)).toEqual(part);
    await feedPositions.clearTried('contacts', 0, 'two');
    expect(await feedPositions.tried('contacts', 0)).toBeNull();
  });
}
