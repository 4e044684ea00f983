import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLifecycle, type Lifecycle } from '../../src/runtime/lifecycle.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { startUpkeep } from '../../src/service/start-upkeep.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { deadLetter, replay, run, SCOPE, timelineEntry } from '../support/builders.ts';

const HOUR = 3_600_000;
const RETENTION = { timelineMs: 10 * HOUR, deadLettersMs: 4 * HOUR };
let store: SqliteStateStore;
let clock: VirtualClock;
let lifecycle: Lifecycle;
let failures: string[];

beforeEach(async () => {
  store = await openSqliteStore({ path: ':memory:' });
  clock = createVirtualClock();
  failures = [];
  lifecycle = createLifecycle((part) => void failures.push(part));
});
afterEach(async () => {
  await lifecycle.stop();
  await store.close();
});

function start(): void {
  startUpkeep(
    store,
    RETENTION,
    { clock, mine: () => true, metrics: createMetrics(), onError: (event) => void failures.push(event) },
    lifecycle,
  );
}

/** One of each that ended so long ago. */
async function leave(name: string, agoMs: number): Promise<void> {
  const at = clock.now() - agoMs;
  const source = { topic: 'zena.contact.changes', partition: 0, offset: String(at) };
  await store.timeline.append([timelineEntry(`${SCOPE}/contact/${name}`, 0, { at })]);
  await store.deadLetters.put([deadLetter({ id: name, source, failedAt: at })]);
  await store.replays.insert(replay(name, { status: 'completed', finishedAt: at }));
  await store.runs.insert(run(name, { connectionId: name, status: 'completed', finishedAt: at }));
}

async function left(name: string): Promise<string[]> {
  const { items } = await store.timeline.ofLink(`${SCOPE}/contact/${name}`, null, 10);
  const found = {
    timeline: items.length > 0,
    letter: (await store.deadLetters.read(name)) !== null,
    replay: (await store.replays.read(name)) !== null,
    run: (await store.runs.read(name)) !== null,
  };
  return Object.entries(found).flatMap(([kind, stands]) => (stands ? [kind] : []));
}

describe('what is past its retention', () => {
  it('goes right after the start, by the retention of its kind', async () => {
    await leave('old', 10 * HOUR + 1);
    await leave('middling', 4 * HOUR + 1);
    await leave('young', 4 * HOUR);
    start();
    await clock.advance(0);
    expect(await left('old')).toEqual([]);
    expect(await left('middling')).toEqual(['timeline', 'run']);
    expect(await left('young')).toEqual(['timeline', 'letter', 'replay', 'run']);
    expect(failures).toEqual([]);
  });

  it('goes within an hour of its end while the service runs', async () => {
    start();
    await clock.advance(1);
    await leave('a', 4 * HOUR - 60_000);
    await clock.advance(HOUR - 2);
    expect(await left('a')).toContain('letter');
    await clock.advance(1);
    expect(await left('a')).toEqual(['timeline', 'run']);
    await clock.advance(6 * HOUR);
    expect(await left('a')).toEqual([]);
  });

  it('and what has not ended stays, however old', async () => {
    await store.runs.insert(run('open', { createdAt: 1 }));
    await store.replays.insert(replay('walking', { status: 'running', createdAt: 1 }));
    start();
    await clock.advance(2 * HOUR);
    expect(await store.runs.read('open')).not.toBeNull();
    expect(await store.replays.read('walking')).not.toBeNull();
  });
});

describe('what programs of before left in timelines', () => {
  const leaveOver = (count: number, from = 0) =>
    store.timeline.append(
      Array.from({ length: count }, (_, index) =>
        timelineEntry(`${SCOPE}/contact/c${String(from + index)}`, 0, { at: clock.now(), title: 'Somebody' }),
      ),
    );

  it('is taken out piece by piece after the start', async () => {
    await leaveOver(450);
    start();
    await clock.advance(0);
    expect(await store.timeline.unchecked(1_000)).toHaveLength(250);
    await clock.advance(1_000);
    expect(await store.timeline.unchecked(1_000)).toEqual([]);
    const { items } = await store.timeline.ofLink(`${SCOPE}/contact/c7`, null, 1);
    expect(items).toMatchObject([{ title: 'c7', version: null, checked: true }]);
  });

  it('and what they still leave beside this one, within the hour', async () => {
    start();
    await clock.advance(1_000);
    await leaveOver(3);
    await clock.advance(HOUR);
    expect(await store.timeline.unchecked(10)).toEqual([]);
    expect(failures).toEqual([]);
  });
});
