import { describe, expect, it } from '@jest/globals';
import type { ConnectorKind, CrmHttp, ListedPage } from '../../../src/connectors/connector.port.ts';
import { createWholeListings } from '../../../src/delivering/steps/whole-listings.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import type { NaturalKey, RemoteHit } from '../../../src/domain/remote-record.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';

const SIZE = 10;
const HTTP: CrmHttp = { request: () => Promise.reject(new Error('nothing is asked here')) };
const keyOf = (email: string): NaturalKey => ({
  kind: 'contact',
  strength: 'good',
  value: { email },
  hash: email,
  formerHashes: [],
});
const hit = (number: number, createdAt = number): RemoteHit => ({
  id: String(number),
  version: null,
  createdAt,
  fields: { email: `e${number}` },
});

/** A CRM with so many, and what is asked of it. */
function listed(
  count: number,
  answer: Partial<ListedPage> & { fails?: boolean; changed?: RemoteHit[] } = {},
) {
  const asked: string[] = [];
  const clock = createVirtualClock();
  const kind: Pick<ConnectorKind, 'keys' | 'page' | 'changes'> = {
    keys: ({ email }) => [keyOf(String(email))],
    page(_http, page): Promise<CallOutcome<ListedPage>> {
      asked.push(`page ${page}`);
      if (answer.fails === true)
        return Promise.resolve({ kind: 'retry_later', code: 'CRM_FAILED', detail: 'No.', status: 500 });
      const hits = Array.from({ length: count }, (_, at) => hit(at)).slice((page - 1) * SIZE, page * SIZE);
      const isLast = page * SIZE >= count;
      return Promise.resolve({
        kind: 'applied',
        value: {
          hits,
          listed: hits.length,
          total: answer.total === undefined ? count : answer.total,
          isLast,
        },
      });
    },
    changes() {
      asked.push('changes');
      return Promise.resolve({ kind: 'applied', value: answer.changed ?? [] });
    },
  };
  const listings = createWholeListings(clock, { kinds: { contact: kind as ConnectorKind } });
  const find = async (email: string) =>
    (await listings.find('contact', HTTP, keyOf(email)))?.map(({ id }) => id) ?? null;
  return { find, asked, clock };
}

describe('a whole listing', () => {
  it('is read once where it is a page, and answers who is there and who is not', async () => {
    const { find, asked } = listed(7);
    expect(await find('e3')).toEqual(['3']);
    expect(await find('e9')).toEqual([]);
    expect(asked).toEqual(['page 1']);
  });

  it('is gone through once as many were looked for as it has pages; until then they are searched', async () => {
    const { find, asked } = listed(45);
    expect([await find('e1'), await find('e2'), await find('e3'), await find('e4')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(asked).toEqual(['page 1']);
    expect(await find('e44')).toEqual(['44']);
    expect(asked).toHaveLength(5);
  });

  it('is one for all who ask at a time', async () => {
    const { find, asked } = listed(7);
    expect(await Promise.all([find('e1'), find('e2'), find('none')])).toEqual([['1'], ['2'], []]);
    expect(asked).toEqual(['page 1']);
  });

  it('knows a minute later what changed since', async () => {
    const { find, asked, clock } = listed(7, { changed: [{ ...hit(3), fields: { email: 'new' } }, hit(70)] });
    await find('e1');
    await clock.advance(61_000);
    expect([await find('new'), await find('e3'), await find('e70')]).toEqual([['3'], [], ['70']]);
    expect(asked).toEqual(['page 1', 'changes']);
  });

  it('is not believed where it shows fewer than there are', async () => {
    const { find } = listed(7, { total: 8 });
    expect([await find('e1'), await find('none')]).toEqual([null, null]);
  });

  it('is left alone for a while where it fails', async () => {
    const { find, asked, clock } = listed(7, { fails: true });
    expect([await find('e1'), await find('e2')]).toEqual([null, null]);
    expect(asked).toEqual(['page 1']);
    await clock.advance(600_000);
    await find('e1');
    expect(asked).toEqual(['page 1', 'page 1']);
  });

  it('is nothing of a kind that can’t be listed', async () => {
    const listings = createWholeListings(createVirtualClock(), { kinds: {} });
    expect(await listings.find('deal', HTTP, keyOf('e1'))).toBeNull();
  });
});
