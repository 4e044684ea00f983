import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { brokenPromises } from './chaos-result.ts';
import { reportOf } from './report.ts';
import { runChaos } from './run-chaos.ts';
import { missingIn, SMOKE_RUN } from './short-run.ts';

describe('two workers, a broker, a registry, a store and CRMs as real processes', () => {
  // `.ci/run` has the short run, with each fault; more, and longer: `npm run chaos`.
  it('lose and double nothing while all are killed at once and the CRMs misbehave under load', async () => {
    const said: string[] = [];
    const run = await runChaos({
      ...SMOKE_RUN,
      seed: 1,
      workers: 2,
      crms: 2,
      users: 4,
      records: 120,
      rate: 12,
      program: resolve(import.meta.dirname, '../..'),
      logLevel: 'info',
      say: (line) => void said.push(line),
    });
    const broken = [
      ...brokenPromises(run.result),
      ...missingIn(run.result, { events: 150, poisons: 8, faults: 9, creates: 60 }),
    ];
    await run.close(broken.length > 0);
    const story = [
      ...said,
      reportOf(run.result, 'npm run chaos -- --minutes smoke --crms 2 --users 4 --records 120 --rate 12'),
      run.logFolder,
    ].join('\n');
    expect({ broken, story: broken.length === 0 ? null : story }).toEqual({ broken: [], story: null });
  }, 300_000);
});
