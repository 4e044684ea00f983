import { expect, it } from '@jest/globals';
import { runBulk, shortBulkRun } from './bulk.ts';

// The whole of it, 100,000 records and five kills: `npm run reliability -- bulk`.
it('a first full sync by bulk jobs loses and doubles nothing, killed while jobs are under way', async () => {
  const said: string[] = [];
  const { wrong, jobs } = await runBulk(shortBulkRun((line) => void said.push(line)));
  expect({ wrong, said: wrong.length === 0 ? [] : said }).toEqual({ wrong: [], said: [] });
  expect(jobs).toBeGreaterThan(0);
}, 600_000);
