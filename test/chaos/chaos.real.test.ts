import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { brokenPromises } from './chaos-result.ts';
import { reportOf } from './report.ts';
import { runChaos } from './run-chaos.ts';
import { SHORT_RUN } from './short-run.ts';

describe('two workers, a broker, a registry, a store and CRMs as real processes', () => {
  it('lose and double nothing while each is killed, frozen or misbehaves under load', async () => {
    const said: string[] = [];
    const run = await runChaos({
      ...SHORT_RUN,
      seed: 1,
      workers: 2,
      crms: 2,
      users: 4,
      records: 240,
      rate: 12,
      program: resolve(import.meta.dirname, '../..'),
      logLevel: 'info',
      say: (line) => void said.push(line),
    });
    const broken = brokenPromises(run.result);
    await run.close(broken.length > 0);
    const story = [...said, reportOf(run.result, 'npm run chaos -- --minutes short'), run.logFolder].join(
      '\n',
    );
    expect({ broken, story: broken.length === 0 ? null : story }).toEqual({ broken: [], story: null });
    // A run in which nothing happened would prove nothing.
    expect(run.result.log.events).toBeGreaterThan(300);
    expect(run.result.log.poisons).toBeGreaterThanOrEqual(12);
    expect(Object.values(run.result.faults)).toHaveLength(15);
    expect(run.result.load.deletedInCrm).toBeGreaterThan(0);
    expect(run.result.writes.creates).toBeGreaterThanOrEqual(100);
  }, 420_000);
});
