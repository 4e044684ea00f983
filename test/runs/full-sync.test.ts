import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { scopeOf } from '../../src/domain/connection.ts';
import type { Run } from '../../src/domain/run.ts';
import { createFullSyncs } from '../../src/runs/full-sync.ts';
import type { RunProgress } from '../../src/runs/run-service.port.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { StoreUnavailable } from '../../src/state-store/state-store.port.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';
import { deleteEvent, event } from '../domain/change-arbitraries.ts';
import { contactChanges, smallOffice, takeUnconnected } from '../delivering/unsynced-office.ts';

let core: CoreHarness;
beforeEach(async () => {
  core = await createCoreHarness();
});
afterEach(async () => {
  jest.restoreAllMocks();
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

const dueLinks = async (): Promise<number> => {
  const counts = await core.store.links.counts(scopeOf(await core.connection()), core.clock.now());
  return counts.due + counts.waiting;
};

describe('a full sync', () => {
  it('brings what never flowed, in the order of its references, and counts it by kind', async () => {
    await takeUnconnected(core, smallOffice());
    expect(core.crm.calls).toEqual([]);
    const { runId } = await start();
    const { run, totals, etaSeconds } = await untilEnded(runId);
    expect(run).toMatchObject({ status: 'completed', walked: 5, total: 5, reason: null });
    expect(totals).toMatchObject({ contactsSynced: 3, propertiesSynced: 1, dealsSynced: 1, created: 5 });
    expect(etaSeconds).toBe(0);
    expect(core.crm.of('deal')[0]?.fields['propertyId']).toBe(core.crm.of('property')[0]?.id);
  });

  it('leaves places to live changes also while a silent CRM holds all of its own', async () => {
    await core.upsert('linked', contactBody({ emails: ['linked@example.test'] }));
    await core.converge();
    await takeUnconnected(core, contactChanges(100));
    core.crm.fault = (verb) => (verb === 'find' ? 'dropped' : 'none');
    await start();
    await core.clock.advance(1_000);
    const before = core.crm.calls.length;
    await core.upsert('linked', contactBody({ emails: ['linked@example.test'], name: 'Grace Hopper' }));
    await core.clock.advance(500);
    expect(core.crm.calledSince(before, 'update')).toBe(1);
    expect(core.crm.calledSince(before, 'find')).toBe(0);
  });

  it('has at most a thousand records marked and not settled, and is done in one go', async () => {
    await takeUnconnected(core, contactChanges(2_500));
    const { runId } = await start();
    let most = 0;
    const heard: number[] = [];
    core.runs.onProgress(runId, ({ totals }) => heard.push(totals.outstanding));
    const { run, totals } = await untilEnded(runId, (progress) => {
      most = Math.max(most, progress.totals.outstanding);
    });
    expect(Math.max(most, ...heard)).toBeLessThanOrEqual(1_000);
    expect(most).toBeGreaterThan(500);
    expect(run).toMatchObject({ status: 'completed', walked: 2_500 });
    expect(totals).toMatchObject({ contactsSynced: 2_500, created: 2_500, unchanged: 0, outstanding: 0 });
    expect(core.crm.of('contact')).toHaveLength(2_500);
  }, 120_000);

  it('makes no call for what the CRM was told already', async () => {
    await takeUnconnected(core, smallOffice());
    await untilEnded((await start()).runId);
    const calls = core.crm.calls.length;
    const { totals } = await untilEnded((await start()).runId);
    expect(core.crm.calls).toHaveLength(calls);
    expect(totals).toMatchObject({ contactsSynced: 3, propertiesSynced: 1, dealsSynced: 1, unchanged: 5 });
  });

  it('sends what changed and deletes what is gone, and nothing else', async () => {
    await takeUnconnected(core, smallOffice());
    await untilEnded((await start()).runId);
    await takeUnconnected(core, [
      event({
        entityId: 'c00000',
        version: 2,
        body: contactBody({ name: 'New', emails: ['00000@example.test'] }),
      }),
      deleteEvent({ kind: 'deal', entityId: 'd1', version: 2 }),
    ]);
    const calls = core.crm.calls.length;
    const { totals } = await untilEnded((await start()).runId);
    expect(
      core.crm.calls
        .slice(calls)
        .map((call) => call.verb)
        .sort(),
      // The first look of its kind, and the read before a delete.
    ).toEqual(['delete', 'list', 'read', 'update']);
    expect(totals).toMatchObject({ updated: 1, deleted: 1, unchanged: 3, contactsSynced: 3, dealsSynced: 0 });
  });

  it('counts a record by what was done for the run, also when it changes while the run goes on', async () => {
    await takeUnconnected(core, contactChanges(800));
    const { runId } = await start();
    await core.clock.advance(600);
    expect((await core.link('contact', 'c00000'))?.run?.result).toBe('created');
    await core.upsert('c00000', contactBody({ name: 'Live', emails: ['00000@example.test'] }), {
      version: 2,
    });
    const { totals } = await untilEnded(runId);
    expect(core.crm.of('contact')[0]?.fields['firstName']).toBe('Live');
    expect(totals).toMatchObject({ created: 800, updated: 0, contactsSynced: 800 });
  });

  it('keeps its counts when its records change after its end', async () => {
    await takeUnconnected(core, smallOffice());
    const { runId } = await start();
    const ended = await untilEnded(runId);
    await core.upsert('c00000', contactBody({ name: 'Later' }), { version: 9 });
    await core.remove('deal', 'd1', { version: 9 });
    await core.converge(60_000);
    expect((await progressOf(runId)).totals).toEqual(ended.totals);
  });

  it('goes on with the rest where the CRM refuses a record, and says that some failed', async () => {
    core.crm.rejects = (fields) => fields['email'] === '00001@example.test';
    await takeUnconnected(core, contactChanges(3));
    const { run, totals } = await untilEnded((await start()).runId);
    expect(run.status).toBe('completed_with_failures');
    expect(totals).toMatchObject({ created: 2, failed: 1, contactsSynced: 2 });
  });

  it('ends the dead letter of what came back to what the CRM holds, without a call', async () => {
    const named = (name: string) => contactBody({ name, emails: ['ada@example.test'] });
    await core.upsert('c1', named('Ada'));
    await core.converge();
    core.crm.rejects = () => true;
    await core.upsert('c1', named('Bea'));
    await core.converge();
    core.crm.rejects = () => false;
    await takeUnconnected(core, [event({ version: 9, body: named('Ada') })]);
    const before = core.crm.calls.length;
    const { totals } = await untilEnded((await start()).runId);
    expect(totals).toMatchObject({ created: 0, updated: 0, failed: 0 });
    expect(core.crm.calls.length).toBe(before);
    expect(await core.link('contact', 'c1')).toMatchObject({ dead: null });
  });

  it('of an owner without records ends at once', async () => {
    const { run } = await untilEnded((await start()).runId);
    expect(run).toMatchObject({ status: 'completed', walked: 0, total: 0 });
  });
});

describe('a second call', () => {
  it('joins the run that goes on, and begins another after its end', async () => {
    await takeUnconnected(core, contactChanges(300));
    const runs = await Promise.all([start(), start(), start()]);
    await core.clock.advance(300);
    expect(new Set([...runs, await start()].map((run) => run.runId)).size).toBe(1);
    await untilEnded(runs[0].runId);
    expect((await start()).runId).not.toBe(runs[0].runId);
  });
});

describe('a crash', () => {
  it.each([50, 260, 700])('%i ms into a run leaves its counts exact', async (ms) => {
    await takeUnconnected(core, contactChanges(600));
    const { runId } = await start();
    await core.clock.advance(ms);
    await core.crash();
    const { run, totals } = await untilEnded(runId);
    expect(run).toMatchObject({ status: 'completed', walked: 600 });
    expect(totals).toMatchObject({ contactsSynced: 600, outstanding: 0, failed: 0 });
    expect(totals.created + totals.updated + totals.unchanged).toBe(600);
    expect(core.crm.of('contact')).toHaveLength(600);
  });

  it('between marking and the cursor’s write counts nothing twice', async () => {
    await takeUnconnected(core, contactChanges(10));
    const replace = core.store.runs.replace;
    let failing = true;
    jest.spyOn(core.store.runs, 'replace').mockImplementation((run, expected) => {
      if (failing && run.walked > 0) return Promise.reject(new StoreUnavailable('away'));
      return replace(run, expected);
    });
    const { runId } = await start();
    await core.clock.advance(5_000);
    expect(core.crm.of('contact')).toHaveLength(10);
    failing = false;
    const { totals } = await untilEnded(runId);
    expect(totals).toMatchObject({ contactsSynced: 10, created: 10, unchanged: 0 });
    expect(core.errors.map(({ event: name }) => name)).toContain('run_step_failed');
  });
});

describe('a cancelled run', () => {
  it('drops what is left and keeps what is done', async () => {
    await takeUnconnected(core, contactChanges(800));
    const { runId } = await start();
    await core.clock.advance(600);
    expect(await core.runs.cancel(runId)).toMatchObject({ status: 'cancelled' });
    await core.clock.advance(1_000);
    const done = core.crm.of('contact').length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(800);
    expect(await dueLinks()).toBe(0);
    await core.clock.advance(60_000);
    expect(core.crm.of('contact')).toHaveLength(done);
    // What was on the wire when it was cancelled still arrives; the run tells what it knew then.
    const { contactsSynced } = (await progressOf(runId)).totals;
    expect(contactsSynced).toBeLessThanOrEqual(done);
    expect(contactsSynced).toBeGreaterThanOrEqual(done - 32);
  });

  it('keeps live changes that came meanwhile', async () => {
    await takeUnconnected(core, contactChanges(800));
    const { runId } = await start();
    await core.clock.advance(300);
    await core.upsert('c00799', contactBody({ name: 'Live', emails: ['live@example.test'] }), { version: 5 });
    await core.runs.cancel(runId);
    await core.clock.advance(5_000);
    expect(core.crm.of('contact').filter((record) => record.fields['firstName'] === 'Live')).toHaveLength(1);
  });

  it('leaves nothing due also when the walk was about to mark a page', async () => {
    await takeUnconnected(core, contactChanges(300));
    const markLook = core.store.links.markLook;
    const { runId } = await start();
    jest.spyOn(core.store.links, 'markLook').mockImplementation(async (marks) => {
      await core.runs.cancel(runId);
      await markLook(marks);
    });
    await core.clock.advance(2_000);
    expect((await progressOf(runId)).run.status).toBe('cancelled');
    expect(await dueLinks()).toBe(0);
    expect(core.crm.calls).toEqual([]);
  });

  it('stays as it ended when it is cancelled again; one that ended can’t be', async () => {
    const { runId } = await start();
    const ended = await untilEnded(runId);
    expect(await core.runs.cancel(runId)).toEqual(ended.run);
    expect(await core.runs.cancel('no-such-run')).toBeNull();
  });
});

describe('a run whose connection', () => {
  it('is paused waits, calls nothing, and goes on when it is resumed', async () => {
    await takeUnconnected(core, contactChanges(5));
    const { epoch } = await core.connection();
    await core.patchConnection({ status: 'paused', epoch: epoch + 1 });
    const { runId } = await start();
    await core.clock.advance(90_000);
    expect((await progressOf(runId)).run).toMatchObject({ status: 'waiting', reason: 'PAUSED' });
    expect(core.crm.calls).toEqual([]);
    await core.patchConnection({ status: 'active', epoch: epoch + 2 });
    expect((await untilEnded(runId)).totals.created).toBe(5);
  });

  it('is disconnected, or leads to another account, ends cancelled with nothing left due', async () => {
    await takeUnconnected(core, contactChanges(300));
    const { runId, scope } = await start();
    await core.clock.advance(100);
    await core.patchConnection({ accountKey: 'https://another.example.test' });
    expect((await untilEnded(runId)).run.status).toBe('cancelled');
    const counts = await core.store.links.counts(scope, core.clock.now());
    expect(counts.due + counts.waiting).toBe(0);
  });
});

describe('who waits for a run', () => {
  it('hears of its end', async () => {
    await takeUnconnected(core, contactChanges(5));
    const { runId } = await start();
    const waiting = core.runs.wait(runId, 25_000, never());
    await core.clock.advance(3_000);
    expect(await waiting).toMatchObject({ run: { status: 'completed' }, totals: { contactsSynced: 5 } });
  });

  it('hears of its end when the last record is through, and not a while later', async () => {
    await takeUnconnected(core, contactChanges(5));
    const { runId } = await start();
    const waiting = core.runs.wait(runId, 25_000, never());
    await core.clock.advance(25_000);
    const { run } = (await waiting) ?? {};
    const last = Math.max(...core.crm.calls.map(({ at }) => at));
    expect((run?.finishedAt ?? 0) - last).toBe(20);
  });

  it('hears after its time how far it is', async () => {
    await takeUnconnected(core, contactChanges(800));
    const { runId } = await start();
    const waiting = core.runs.wait(runId, 600, never());
    await core.clock.advance(700);
    const progress = await waiting;
    expect(progress?.run.status).toBe('running');
    expect(progress?.totals.created).toBeGreaterThan(0);
    expect(progress?.etaSeconds).toBeGreaterThan(0);
  });

  it('is let go when the caller leaves, and asks in vain for a run that is not there', async () => {
    await takeUnconnected(core, contactChanges(800));
    const { runId } = await start();
    const leaving = new AbortController();
    const waiting = core.runs.wait(runId, 1e9, leaving.signal);
    await core.clock.advance(100);
    leaving.abort(new Error('left'));
    expect(await waiting).toMatchObject({ run: { runId } });
    expect(await core.runs.wait('no-such-run', 1e9, never())).toBeNull();
  });

  it('hears of an end that came while the wait was being set up', async () => {
    const { runId } = await start();
    const countRun = core.store.links.countRun;
    let first = true;
    jest.spyOn(core.store.links, 'countRun').mockImplementation(async (id) => {
      const counts = await countRun(id);
      if (!first) return counts;
      first = false;
      await core.runs.cancel(runId);
      return counts;
    });
    const waiting = core.runs.wait(runId, 25_000, never());
    await core.clock.advance(25_000);
    expect(await waiting).toMatchObject({ run: { status: 'cancelled' } });
  });

  it('hears of its end in a process that walks no runs itself', async () => {
    await takeUnconnected(core, contactChanges(5));
    const watching = createFullSyncs({
      store: core.store,
      sessions: core.crm,
      clock: core.clock,
      random: seededRandom(9),
      walks: false,
      mayWalk: () => true,
      nudge: () => undefined,
      onEnded: () => undefined,
      onError: (name, error) => core.errors.push({ event: name, error }),
    });
    watching.begin();
    const { runId } = await watching.start(await core.connection());
    const heard: string[] = [];
    watching.onProgress(runId, ({ run }) => heard.push(run.status));
    const began = core.clock.now();
    let ended: RunProgress | null = null;
    let endedAt = 0;
    const waiting = watching.wait(runId, 25_000, never()).then((progress) => {
      ended = progress;
      endedAt = core.clock.now();
    });
    await core.clock.advance(10_000);
    expect(ended).toMatchObject({ run: { status: 'completed' }, totals: { contactsSynced: 5 } });
    expect(endedAt - began).toBeLessThan(6_000);
    expect(heard.at(-1)).toBe('completed');
    const stopped = watching.stop();
    await core.clock.advance(3_000);
    await Promise.all([waiting, stopped]);
  });
});
