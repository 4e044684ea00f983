import { afterEach, describe, expect, it } from '@jest/globals';
import { openKitRun, type KitRun } from '../../contract/connector/kit/kit-run.ts';
import { madeUpSubject } from '../../contract/connector/kit/made-up/made-up-subject.ts';
import { contactChanges, takeUnconnected } from '../unsynced-office.ts';
import { inPages } from './in-pages.ts';

const OFFICE = 600;
const KILLER = '00333@example.test';

describe('a process that dies with hundreds in hand that go to the CRM together', () => {
  let run: KitRun | null = null;
  afterEach(async () => {
    await run?.close();
  });

  const begun = async (jobs?: { readonly from: number; readonly most: number }): Promise<KitRun> => {
    run = await openKitRun({ ...madeUpSubject, definition: inPages(jobs) }, { mostStarts: 2 });
    await takeUnconnected(run.core, contactChanges(OFFICE));
    return run;
  };
  const untilDone = async ({ core }: KitRun, runId: string, mostSeconds: number): Promise<number> => {
    for (let seconds = 1; seconds <= mostSeconds; seconds += 1) {
      await core.clock.advance(1_000);
      if ((await core.store.runs.read(runId))?.finishedAt != null) return seconds;
    }
    throw new Error('the run did not end');
  };
  const start = async ({ core }: KitRun): Promise<string> =>
    (await core.runs.start(await core.connection())).runId;
  const dead = async ({ core }: KitRun): Promise<(string | null)[]> =>
    (await core.store.deadLetters.list({}, null, 100)).items.map(({ entityId }) => entityId);

  const inJob = async ({ core }: KitRun): Promise<number> => {
    const ids = Array.from({ length: OFFICE }, (_, at) => `c${String(at).padStart(5, '0')}`);
    const links = await Promise.all(ids.map((id) => core.link('contact', id)));
    return links.filter((link) => link?.intent?.job !== undefined && link.claim !== null).length;
  };

  it('three times while a job runs: none of them is set aside', async () => {
    const kit = await begun({ from: 100, most: 500 });
    const deaths: number[] = [];
    kit.wire.strike({
      when: (_act, { url, method }) => url.includes('/jobs/') && method === 'GET',
      times: 3,
      before: async () => {
        deaths.push(await inJob(kit));
        void kit.core.crash();
      },
      fault: { lost: 'CONNECTION_LOST', after: false },
    });
    const runId = await start(kit);
    await untilDone(kit, runId, 1_500);
    expect(deaths.length).toBe(3);
    expect(Math.min(...deaths)).toBeGreaterThan(100);
    expect(await dead(kit)).toEqual([]);
    expect(kit.count('contact')).toBe(OFFICE);
  });

  it('once: they are tried in groups, and done in seconds', async () => {
    const kit = await begun();
    const runId = await start(kit);
    const { wire, core } = kit;
    const isCreate = (does: string): boolean => does === 'create';
    let deaths = 0;
    wire.strike({
      when: ({ does }) => isCreate(does),
      before: () => {
        deaths += 1;
        void core.crash();
      },
      fault: { lost: 'CONNECTION_LOST', after: false },
    });
    expect(await untilDone(kit, runId, 300)).toBeLessThan(60);
    expect(deaths).toBe(1);
    expect(await dead(kit)).toEqual([]);
    expect(kit.count('contact')).toBe(OFFICE);
    expect(wire.sent.filter(({ act }) => act?.does === 'create').length).toBeLessThan(20);
  });

  it('of one of them: it alone is found in smaller and smaller groups, and set aside', async () => {
    const kit = await begun();
    let deaths = 0;
    kit.wire.strike({
      when: ({ does }, { body }) => does === 'create' && (body ?? '').includes(KILLER),
      times: 50,
      before: () => {
        deaths += 1;
        void kit.core.crash();
      },
      fault: { lost: 'CONNECTION_LOST', after: false },
    });
    await untilDone(kit, await start(kit), 600);
    expect(await dead(kit)).toEqual(['c00333']);
    expect(deaths).toBe(4);
    expect(kit.count('contact')).toBe(OFFICE - 1);
  });

  it('again and again, whenever it has claimed many: none of them is set aside, since none died alone', async () => {
    const kit = await openKitRun({ ...madeUpSubject, definition: inPages() }, { mostStarts: 2 });
    run = kit;
    const { links } = kit.core.store;
    const { claim } = links;
    let deaths = 0;
    links.claim = async (request) => {
      const claimed = await claim(request);
      if (claimed.length > 2 && deaths < 12) {
        deaths += 1;
        void kit.core.crash();
      }
      return claimed;
    };
    await kit.core.take(contactChanges(OFFICE));
    await kit.core.converge();
    expect(deaths).toBe(12);
    expect(await dead(kit)).toEqual([]);
    expect(kit.count('contact')).toBe(OFFICE);
  });
});
