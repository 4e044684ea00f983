import { afterEach, describe, expect, it } from '@jest/globals';
import type { CrmConnector } from '../../../src/connectors/connector.port.ts';
import { openKitRun, type KitRun } from '../../contract/connector/kit/kit-run.ts';
import type { SentRequest } from '../../contract/connector/kit/struck-transport.ts';
import { madeUpSubject } from '../../contract/connector/kit/made-up/made-up-subject.ts';
import { contactBody } from '../../support/builders.ts';
import { contactChanges, takeUnconnected } from '../unsynced-office.ts';
import { inPages } from './in-pages.ts';

const OFFICE = 1_000;
describe('a first full sync into a CRM that takes many records in one call', () => {
  let run: KitRun | null = null;
  afterEach(async () => {
    await run?.close();
  });

  const opened = async (definition: CrmConnector): Promise<KitRun> => {
    run = await openKitRun({ ...madeUpSubject, definition });
    return run;
  };
  const sync = async ({ core }: KitRun): Promise<void> => {
    const { runId } = await core.runs.start(await core.connection());
    for (let seconds = 0; seconds < 2_000; seconds += 1) {
      await core.clock.advance(1_000);
      const read = await core.store.runs.read(runId);
      if (read?.finishedAt != null) return;
    }
    throw new Error('the run did not end');
  };
  const requests = ({ wire }: KitRun, does: string): SentRequest[] =>
    wire.sent.filter(({ act }) => act?.does === does);

  it('writes a thousand contacts in ten calls at the most, and nothing at a second', async () => {
    const kit = await opened(inPages());
    await takeUnconnected(kit.core, contactChanges(OFFICE));
    await sync(kit);
    expect(kit.count('contact')).toBe(OFFICE);
    expect(requests(kit, 'create').length).toBeLessThanOrEqual(10);
    expect(requests(kit, 'look').length).toBeLessThanOrEqual(12);
    expect(requests(kit, 'write')).toEqual([]);
    const before = kit.wire.sent.length;
    await sync(kit);
    expect(kit.wire.sent.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(kit.core.errors).toEqual([]);
  });

  it('takes with jobs what is more than they are for, and each its own row', async () => {
    const kit = await opened(inPages({ from: 300, most: 500 }));
    await takeUnconnected(kit.core, contactChanges(OFFICE));
    await sync(kit);
    await kit.core.converge();
    expect(kit.count('contact')).toBe(OFFICE);
    const jobs = kit.wire.sent.filter(({ method, url }) => method === 'POST' && url.endsWith('/jobs'));
    expect(jobs.length).toBeGreaterThan(0);
    const made = new Map(kit.crm.records('contact').map((record) => [record.id, record['name']]));
    for (const id of ['00000', '00333', '00999']) {
      const link = await kit.core.link('contact', `c${id}`);
      expect(made.get(link?.remote?.id ?? '')).toBe(`Ada ${id}`);
    }
    expect(kit.core.errors).toEqual([]);
  });

  it('holds up neither a delete nor a change of another record while a job runs, and writes what came meanwhile after it', async () => {
    const kit = await opened(inPages({ from: 300, most: 2_000 }));
    const { core } = kit;
    await core.upsert('there', contactBody({ name: 'There', emails: ['there@example.test'], phones: [] }));
    await core.converge(10_000);
    await takeUnconnected(core, contactChanges(800));
    await core.runs.start(await core.connection());
    for (let n = 0; n < 60 && kit.wire.sent.every(({ method }) => method !== 'PATCH'); n += 1)
      await core.clock.advance(1_000);
    const inJob = await core.link('contact', 'c00700');
    expect(inJob?.intent?.job).toBeDefined();
    await core.upsert(
      'c00700',
      contactBody({ name: 'Renamed', emails: ['00700@example.test'], phones: [] }),
      {
        version: 9_000_000_000_000,
      },
    );
    await core.remove('contact', 'there');
    await core.upsert('new', contactBody({ name: 'New', emails: ['new@example.test'], phones: [] }));
    await core.clock.advance(10_000);
    expect((await core.link('contact', 'there'))?.remote).toBeNull();
    expect((await core.link('contact', 'new'))?.remote).not.toBeNull();
    expect((await core.link('contact', 'c00700'))?.remote).toBeNull();
    await core.converge();
    await core.clock.advance(300_000);
    expect(kit.count('contact')).toBe(801);
    const { remote } = (await core.link('contact', 'c00700')) ?? {};
    expect(kit.crm.records('contact').find(({ id }) => id === remote?.id)?.['name']).toBe('Renamed');
  });
});
