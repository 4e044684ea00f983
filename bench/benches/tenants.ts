import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alternate } from '../harness/alternate.ts';
import type { Bench } from '../harness/bench.ts';
import { startPart } from '../harness/part.ts';
import type { CorePartOptions, Rest } from '../parts/core.ts';

interface Idle extends Rest {
  readonly partOfCore: number;
}

/** What connections cost that have nothing to do. */
export const tenantsBench: Bench = {
  name: 'tenants',
  title: 'Tenants: connections that have nothing to do',
  async run({ quick, rounds, progress }) {
    const connections = quick ? 1_000 : 10_000;
    const restMs = quick ? 2_000 : 10_000;
    const folders = { without: await makeFolder(), with: await makeFolder() };
    const wrong: string[] = [];
    try {
      await inCore(folders.with, async (core) => {
        const { value } = await core.ask<number>('add-idle-connections', connections);
        if (value !== connections) wrong.push(`${value} connections are stored for ${connections}`);
      });
      const restIn = (folder: string) => () =>
        inCore(folder, async (core): Promise<Idle> => {
          const { value, cpuMs, ms } = await core.ask<Rest>('rest', restMs);
          return { ...value, partOfCore: cpuMs / ms };
        });
      const rests = await alternate(
        rounds,
        { without: restIn(folders.without), with: restIn(folders.with) },
        { onRound: (round) => progress(`round ${round + 1} of ${rounds}`) },
      );
      const more = (pick: (rest: Idle) => number) =>
        rests.with.map((rest, round) => pick(rest) - pick(rests.without[round] ?? rest));
      return {
        rows: [
          {
            figure: 'heap with none',
            values: rests.without.map(({ heapKiB }) => heapKiB / 1_024),
            unit: ' MiB',
          },
          {
            figure: 'resident with none',
            values: rests.without.map((r) => r.residentKiB / 1_024),
            unit: ' MiB',
          },
          {
            figure: 'resident, more with all of them',
            values: more((r) => r.residentKiB / 1_024),
            unit: ' MiB',
          },
          { figure: 'of a core with none', values: rests.without.map((r) => r.partOfCore * 100), unit: '%' },
        ],
        goals: [
          {
            goal: 'heap, of an idle connection',
            atMost: 1,
            values: more((r) => r.heapKiB / connections),
            unit: ' KiB',
          },
          { goal: 'timers, more with all of them', atMost: 0, values: more(({ timers }) => timers) },
          {
            goal: 'of a core with all of them',
            atMost: 2,
            values: rests.with.map((r) => r.partOfCore * 100),
            unit: '%',
          },
        ],
        notes: [
          `${connections} active connections of as many users, stored before the process begins, embedded store; heap after a collection, ${restMs / 1_000} s after the start. Busy connections are not measured yet.`,
        ],
        wrong,
      };
    } finally {
      for (const folder of Object.values(folders)) await rm(folder, { recursive: true, force: true });
    }
  },
  measures: 'What connections cost in memory, timers and processor time.',
};

const KEY = randomBytes(32).toString('hex');

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'zena-crm-bench-'));

async function inCore<T>(folder: string, work: (core: Awaited<ReturnType<typeof startPart>>) => Promise<T>) {
  const options: CorePartOptions = {
    ...{ requestsPerSecond: 50, maxConcurrent: 16, crmHost: 'crm.example.test' },
    env: { DATA_DIR: folder, ENCRYPTION_KEY: KEY },
  };
  const core = await startPart('core', options, ['--expose-gc']);
  try {
    return await work(core);
  } finally {
    await core.close();
  }
}
