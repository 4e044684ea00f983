import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchStage, Findings } from '../harness/bench.ts';
import { startPart, type Part } from '../harness/part.ts';
import type { CorePartOptions, Rest } from '../parts/core.ts';

interface Idle extends Rest {
  readonly partOfCore: number;
}

const MIB_IN_KIB = 1_024;

/** What connections cost that have nothing to do: the same process with and without them. */
export async function measureIdleTenants({ quick, rounds, progress }: BenchStage): Promise<Findings> {
  const connections = quick ? 1_000 : 10_000;
  const restMs = 2_000;
  const folders = { without: await makeFolder(), with: await makeFolder() };
  const wrong: string[] = [];
  try {
    await inCore(folders.with, async (core) => {
      const { value } = await core.ask<number>('add-idle-connections', connections);
      if (value !== connections) wrong.push(`${value} connections are stored for ${connections}`);
    });
    const restIn = (folder: string) => inCore(folder, (core) => rest(core, restMs));
    const [without, all]: [Idle[], Idle[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      // Two processes that rest do not disturb each other.
      const [none, many] = await Promise.all([restIn(folders.without), restIn(folders.with)]);
      without.push(none);
      all.push(many);
      progress(`idle, round ${round + 1} of ${rounds}`);
    }
    return { ...figuresOf(without, all, connections), notes: [noteOf(connections, restMs)], wrong };
  } finally {
    for (const folder of Object.values(folders)) await rm(folder, { recursive: true, force: true });
  }
}

function noteOf(connections: number, restMs: number): string {
  return `Idle: ${connections} active connections of as many users, stored before the process begins, embedded store; heap after a collection, the part of a core over ${restMs / 1_000} s of rest, from 1.5 s after the start.`;
}

function figuresOf(
  without: readonly Idle[],
  all: readonly Idle[],
  connections: number,
): Pick<Findings, 'rows' | 'goals'> {
  const more = (pick: (rest: Idle) => number) =>
    all.map((rest, round) => pick(rest) - pick(without[round] ?? rest));
  const none = (pick: (rest: Idle) => number) => without.map(pick);
  const mib = (rest: Idle) => rest.residentKiB / MIB_IN_KIB;
  const percent = ({ partOfCore }: Idle) => partOfCore * 100;
  return {
    rows: [
      { figure: 'idle: heap with none', values: none((r) => r.heapKiB / MIB_IN_KIB), unit: ' MiB' },
      { figure: 'idle: resident with none', values: none(mib), unit: ' MiB' },
      { figure: 'idle: resident, more with all of them', values: more(mib), unit: ' MiB' },
      { figure: 'idle: of a core with none', values: none(percent), unit: '%' },
    ],
    goals: [
      {
        goal: 'heap, of an idle connection',
        atMost: 1,
        values: more((r) => r.heapKiB / connections),
        unit: ' KiB',
      },
      { goal: 'timers, more with all idle ones', atMost: 0, values: more(({ timers }) => timers) },
      { goal: 'of a core with all idle ones', atMost: 2, values: all.map(percent), unit: '%' },
    ],
  };
}

const KEY = randomBytes(32).toString('hex');

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'zena-crm-bench-'));

async function rest(core: Part, ms: number): Promise<Idle> {
  const rested = await core.ask<Rest>('rest', ms);
  return { ...rested.value, partOfCore: rested.cpuMs / rested.ms };
}

async function inCore<T>(folder: string, work: (core: Part) => Promise<T>): Promise<T> {
  const options: CorePartOptions = {
    requestsPerSecond: 50,
    maxConcurrent: 16,
    crmHost: 'crm.example.test',
    env: { DATA_DIR: folder, ENCRYPTION_KEY: KEY },
  };
  const core = await startPart('core', options, ['--expose-gc']);
  try {
    return await work(core);
  } finally {
    await core.close();
  }
}
