import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/domain/run.ts';
import type { RunProgress } from '../../src/runs/run-service.port.ts';
import { contactBody, dealBody, propertyBody } from '../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';
import { deleteEvent } from '../domain/change-arbitraries.ts';
import { contactChanges, smallOffice, takeUnconnected } from '../delivering/unsynced-office.ts';

let core: CoreHarness;
beforeEach(async () => {
  core = await createCoreHarness();
});
afterEach(async () => {
  await core.close();
});

const never = (): AbortSignal => new AbortController().signal;
const start = async (): Promise<Run> => core.runs.start(await core.connection());

async function progressOf(runId: string): Promise<RunProgress> {
  const progress = await core.runs.progress(runId);
  if (progress === null) throw new Error('no such run');
  return progress;
}

/** Lets time pass until the run ended; calls `look` as often as anything could have changed. */
async function untilEnded(runId: string, look: (progress: RunProgress) => void = () => undefined) {
  for (let passed = 0; passed < 120_000; passed += 50) {
    await core.clock.advance(50);
    const progress = await progressOf(runId);
    look(progress);
    if (progress.run.finishedAt !== null) return progress;
  }
  throw new Error('the run did not end');
}

describe('a sync', () => {
  it('says when it ended, also where nothing was to be done, and nothing else does', async () => {
    const lastSyncAt = async () => (await core.connection()).lastSyncAt;
    const synced = async () => (await untilEnded((await start()).runId)).run.finishedAt;
    expect(await synced()).toBe(await lastSyncAt());
    await core.upsert('c1', contactBody({ emails: ['live@example.test'] }));
    await core.converge();
    const before = await lastSyncAt();
    expect(before).toBeLessThan(core.clock.now() - 1_000);
    const equal = await synced();
    expect(equal).toBe(await lastSyncAt());
    expect(equal).toBeGreaterThan(before ?? 0);
    core.crm.rejects = () => true;
    await takeUnconnected(core, contactChanges(1));
    expect(await synced()).toBe(await lastSyncAt());
    const { runId } = await start();
    await core.runs.cancel(runId);
    await core.clock.advance(2_000);
    expect(await lastSyncAt()).toBeLessThan(core.clock.now() - 2_000);
  });

  it('puts each record in one outcome, also what is deleted and what is not synced', async () => {
    await takeUnconnected(core, smallOffice());
    await untilEnded((await start()).runId);
    const { syncConfig } = await core.connection();
    await core.patchConnection({ syncConfig: { ...syncConfig, syncDeals: false } });
    await takeUnconnected(core, [
      deleteEvent({ entityId: 'c00002', version: 2 }),
      deleteEvent({ entityId: 'never-there', version: 2 }),
    ]);
    const first = await untilEnded((await start()).runId);
    expect(first).toMatchObject({ total: 6, done: 6 });
    expect(first.totals).toMatchObject({ deleted: 1, skipped: 2, unchanged: 3, dealsSynced: 0 });
    const second = await untilEnded((await start()).runId);
    expect(second).toMatchObject({ total: 6, done: 6 });
    expect(second.totals).toMatchObject({ deleted: 0, skipped: 3, unchanged: 3 });
  });
});

describe('where one record fails while the CRM is well otherwise', () => {
  const failing = () => {
    core.crm.faultOf = ({ fields }) => (fields['email'] === '00001@example.test' ? 'refused' : 'none');
  };
  const ends = async () => {
    const begun = core.clock.now();
    const ended = await untilEnded((await start()).runId);
    return { ...ended, tookMs: (ended.run.finishedAt ?? 0) - begun };
  };

  it('tries everything once and ends, each time; the record goes on by itself, and reopens no run', async () => {
    failing();
    await takeUnconnected(core, contactChanges(3));
    const first = await ends();
    expect(first.run.status).toBe('completed_with_failures');
    expect(first.totals).toMatchObject({ created: 2, retrying: 1, failed: 0, outstanding: 0 });
    expect(first.tookMs).toBeLessThan(1_000);
    for (let again = 0; again < 6; again += 1) {
      const before = core.crm.calls.length;
      const later = await ends();
      expect(later.run.status).toBe('completed_with_failures');
      expect(later.totals).toMatchObject({ unchanged: 2, retrying: 1, failed: 0 });
      expect(later.tookMs).toBeLessThan(1_000);
      expect(core.crm.calledSince(before, 'create')).toBe(1);
    }
    core.crm.faultOf = null;
    await core.converge(120_000);
    expect(core.crm.of('contact')).toHaveLength(3);
    expect(await progressOf(first.run.runId)).toMatchObject({ totals: first.totals, run: first.run });
    expect((await ends()).run.status).toBe('completed');
  });

  it('tries what was given up, too', async () => {
    core.crm.rejects = (fields) => fields['email'] === '00001@example.test';
    await takeUnconnected(core, contactChanges(3));
    expect((await ends()).totals).toMatchObject({ created: 2, failed: 1 });
    failing();
    expect((await ends()).totals).toMatchObject({ unchanged: 2, retrying: 1 });
    core.crm.faultOf = null;
    core.crm.rejects = () => false;
    expect((await ends()).totals).toMatchObject({ unchanged: 2, created: 1 });
  });

  it('does not wait for what waits for that record', async () => {
    failing();
    await takeUnconnected(core, smallOffice());
    const { run, totals, tookMs } = await ends();
    expect(run.status).toBe('completed_with_failures');
    expect(totals).toMatchObject({ created: 2, retrying: 3 });
    expect(tookMs).toBeLessThan(1_000);
    await core.converge(120_000);
    expect(core.crm.of('property')).toHaveLength(1);
  });
});

describe('while the CRM is away', () => {
  it('waits, tells so, and is done when the CRM is back', async () => {
    core.crm.fault = () => 'refused';
    await takeUnconnected(core, contactChanges(2));
    const { runId } = await start();
    const waiting = core.runs.wait(runId, 25_000, never());
    await core.clock.advance(25_000);
    expect((await waiting)?.run.status).toBe('waiting');
    expect((await progressOf(runId)).totals).toMatchObject({ retrying: 0, outstanding: 2 });
    core.crm.fault = () => 'none';
    const { run, totals } = await untilEnded(runId);
    expect(run.status).toBe('completed');
    expect(totals).toMatchObject({ created: 2 });
  });

  it('takes a pause that the CRM asks for as no failure', async () => {
    let calls = 0;
    core.crm.fault = () => (++calls === 3 ? 'rate_limited' : 'none');
    await takeUnconnected(core, contactChanges(4));
    const statuses = new Set<string>();
    const { run, totals } = await untilEnded((await start()).runId, (progress) =>
      statuses.add(progress.run.status),
    );
    expect(run.status).toBe('completed');
    expect(totals).toMatchObject({ created: 4, retrying: 0 });
    expect(statuses).not.toContain('waiting');
  });

  it('delivers what waits for a look-up in vain, also where a third record moves meanwhile', async () => {
    const { syncConfig } = await core.connection();
    await core.patchConnection({ syncConfig: { ...syncConfig, syncProperties: false } });
    await core.upsert('d1', dealBody({ propertyId: 'p2', stage: 'offer' }));
    await core.upsert('p2', propertyBody({ address: '1 High Street', vendors: ['c2'] }));
    await core.upsert('c2', contactBody({ emails: ['one@example.test'] }));
    await core.patchConnection({ status: 'paused' });
    await core.clock.advance(30_000);
    const { runId } = await start();
    await core.clock.advance(1_000);
    await core.patchConnection({ status: 'active' });
    const { run, totals } = await untilEnded(runId);
    expect(run.status).toBe('completed');
    expect(totals).toMatchObject({ created: 2, skipped: 1, retrying: 0 });
  });
});
