import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf } from '../../src/domain/connection.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';

const KILLER = 'killer@example.test';
const OTHERS = Array.from({ length: 8 }, (_, at) => `c${String(at)}`);

let core: CoreHarness;
let deaths = 0;
beforeEach(async () => {
  deaths = 0;
  core = await createCoreHarness({ mostStarts: 2 });
});
afterEach(async () => {
  await core.close();
});

/** Whatever is sent for this record ends the process, until it has been mended. */
function killOnSending(): void {
  core.crm.faultOf = ({ verb, fields }) => {
    if (verb !== 'create' || fields['email'] !== KILLER) return 'none';
    deaths += 1;
    void core.crash();
    return 'refused';
  };
}

async function takeAll(): Promise<void> {
  const [first, ...rest] = OTHERS;
  await core.upsert(first ?? '', contactBody({ emails: [`${first ?? ''}@example.test`] }));
  await core.upsert('killer', contactBody({ emails: [KILLER] }));
  for (const id of rest) await core.upsert(id, contactBody({ emails: [`${id}@example.test`] }));
}

describe('a record that ends the process', () => {
  it('is set aside at the third start with words, and everything else goes on', async () => {
    killOnSending();
    await takeAll();
    await core.converge();
    expect(deaths).toBe(2);
    const killer = await core.link('contact', 'killer');
    expect(killer).toMatchObject({
      nextAt: null,
      claim: null,
      dead: { code: 'PROCESS_DIED' },
      untold: false,
    });
    expect(killer?.starts).toBeUndefined();
    for (const id of OTHERS)
      expect(await core.link('contact', id)).toMatchObject({ dead: null, nextAt: null, remote: {} });
    expect(core.topic.map(({ letter }) => letter.code)).toEqual(['PROCESS_DIED']);
    const { deadLetters } = core.store;
    expect((await deadLetters.list({}, null, 10)).items).toMatchObject([
      { entityId: 'killer', status: 'open' },
    ]);
    const counts = await core.store.links.counts(scopeOf(await core.connection()), core.clock.now());
    expect(counts).toMatchObject({ due: 0, waiting: 0, failed: 1 });
  });

  it('is delivered where it changes, or where somebody asks for it again once that is mended', async () => {
    killOnSending();
    await takeAll();
    await core.converge();
    core.crm.faultOf = null;
    await core.upsert('killer', contactBody({ emails: [KILLER], name: 'Mended' }));
    await core.converge();
    expect(await core.link('contact', 'killer')).toMatchObject({ dead: null, remote: {} });
    expect((await core.link('contact', 'killer'))?.starts).toBeUndefined();
  });

  it('is not what was in hand once when a process was ended from outside', async () => {
    await takeAll();
    await core.clock.advance(20);
    await core.crash();
    await core.converge();
    for (const id of [...OTHERS, 'killer'])
      expect(await core.link('contact', id)).toMatchObject({ dead: null, nextAt: null, remote: {} });
    // What came to an end begins anew: another death much later is its first.
    expect((await core.link('contact', 'c0'))?.starts).toBeUndefined();
  });
});

describe('a run that ends the process', () => {
  it('is ended as failed with words at the third start, and another one can begin', async () => {
    await takeAll();
    await core.converge();
    const { page } = core.store.records;
    core.store.records.page = async (userId, kind, after, limit) => {
      if (kind !== 'property') return await page(userId, kind, after, limit);
      deaths += 1;
      void core.crash();
      return await new Promise(() => undefined);
    };
    const { runId } = await core.runs.start(await core.connection());
    await core.clock.advance(30_000);
    expect(deaths).toBe(2);
    const progress = await core.runs.progress(runId);
    expect(progress?.run).toMatchObject({ status: 'completed_with_failures', reason: 'PROCESS_DIED' });
    expect(progress?.run.finishedAt).not.toBeNull();
    core.store.records.page = page;
    const next = await core.runs.start(await core.connection());
    expect(next.runId).not.toBe(runId);
    await core.clock.advance(30_000);
    expect((await core.runs.progress(next.runId))?.run).toMatchObject({ status: 'completed', reason: null });
  });
});

describe('a preview that ends the process', () => {
  it('is of no consequence for the next one, which knows nothing of it', async () => {
    await takeAll();
    await core.converge();
    const { page } = core.store.records;
    core.store.records.page = async () => {
      deaths += 1;
      void core.crash();
      return await new Promise(() => undefined);
    };
    const connection = await core.connection();
    void core.runs.preview(connection, 10);
    await core.clock.advance(60_000);
    expect(deaths).toBe(1);
    core.store.records.page = page;
    await core.converge();
    expect(await core.runs.preview(await core.connection(), 10)).toMatchObject({
      unchanged: OTHERS.length + 1,
    });
    const run = await core.runs.start(await core.connection());
    await core.clock.advance(30_000);
    expect((await core.runs.progress(run.runId))?.run).toMatchObject({ status: 'completed', reason: null });
  });
});
