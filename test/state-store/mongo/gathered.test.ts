import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gathered } from '../../../src/state-store/mongo/session/gathered.ts';

/** A request that answers each item with itself and a mark, when the test lets it. */
const heldRequests = () => {
  const sent: { readonly items: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  const ask = gathered(
    (items: readonly number[]) =>
      new Promise<string[]>((resolve, reject) => {
        const end = (error?: Error): void => {
          if (error === undefined) resolve(items.map((item) => `answer ${String(item)}`));
          else reject(error);
        };
        sent.push({ items, end });
      }),
  );
  return { ask, sent };
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('requests that are gathered', () => {
  it('go at once when none is on its way, and share the next one when one is', async () => {
    const { ask, sent } = heldRequests();
    const answers = [ask(1), ask(2), ask(3)];
    expect(sent.map(({ items }) => items)).toEqual([[1]]);
    sent[0]?.end();
    await settle();
    expect(sent.map(({ items }) => items)).toEqual([[1], [2, 3]]);
    sent[1]?.end();
    await expect(Promise.all(answers)).resolves.toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  it('fail for those who share one, and for nobody else', async () => {
    const { ask, sent } = heldRequests();
    const answers = Promise.allSettled([ask(1), ask(2), ask(3)]);
    sent[0]?.end();
    await settle();
    const later = ask(4);
    sent[1]?.end(new Error('away'));
    await settle();
    sent[2]?.end();
    const [first, ...others] = await answers;
    expect(first).toMatchObject({ status: 'fulfilled', value: 'answer 1' });
    for (const other of others)
      expect(other).toMatchObject({ status: 'rejected', reason: new Error('away') });
    await expect(later).resolves.toBe('answer 4');
  });

  it('answer each asker with its own, by a request that was sent after it asked, never two at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 12 }), async (bursts) => {
        const { ask, sent } = heldRequests();
        const answers: Promise<string>[] = [];
        const sentBefore: number[] = [];
        let ended = 0;
        for (const burst of bursts) {
          for (let count = 0; count < burst; count += 1) {
            sentBefore.push(sent.length);
            answers.push(ask(answers.length));
          }
          expect(sent.length - ended).toBeLessThanOrEqual(1);
          if (sent.length > ended) sent[ended++]?.end();
          await settle();
        }
        for (; ended < sent.length; await settle()) sent[ended++]?.end();
        const expected = answers.map((_, index) => `answer ${String(index)}`);
        await expect(Promise.all(answers)).resolves.toEqual(expected);
        expect(sent.flatMap(({ items }) => items)).toEqual(answers.map((_, index) => index));
        for (const [at, { items }] of sent.entries()) {
          expect(items.length).toBeLessThanOrEqual(100);
          for (const item of items) expect(sentBefore[item]).toBeLessThanOrEqual(at);
        }
      }),
      { numRuns: 50 },
    );
  });
});
