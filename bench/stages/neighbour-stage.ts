import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { profilesFolder, startPart, type Part } from '../harness/part.ts';
import type { CrmOptions } from '../parts/crm.ts';
import type { SeenAttack } from '../neighbour/start-idle-program.ts';
import { statusesOf } from '../neighbour/traffic.ts';
import type { BeginInput, HostileOptions, Statuses } from '../parts/hostile.ts';
import type { IdleInput } from '../parts/idle-program.ts';
import type { Attack } from '../neighbour/attacks.ts';
import { fillConnections } from './fill-connections.ts';
import { createQuietTenant, QUIET_KEY, type Seen } from './quiet-tenant.ts';
import { startWatchedProgram, type WatchedProgram } from './watched-program.ts';

/** A stretch of time as the quiet tenant saw it, and how the program's event loop fared. */
export interface Stretch extends Seen {
  /** NaN where the program did not live to tell. */
  readonly longestStallMs: number;
  /** Of the program's own work, ms of processor time. */
  readonly longestWorkMs: number;
  readonly peakMiB: number;
}

/** The same tenant alone, and beside one that does the worst that it may. */
export interface Encounter {
  readonly quiet: Stretch;
  readonly beside: Stretch;
  /** Beside the same attacker, which keeps the machine as busy, but strikes a program that does nothing. */
  readonly control: Stretch;
  /** What the attacker was answered. */
  readonly statuses: Statuses;
  /** What it was answered while it struck the program that does nothing, for as long as that took. */
  readonly controlled: Statuses;
  /** By which the store's files grew under the attack. */
  readonly grownMiB: number;
  /** How the program ended under it; null as it should be. */
  readonly ended: string | null;
}

export interface EncounterTimes {
  readonly quietMs: number;
  readonly attackMs: number;
  readonly controlMs: number;
}

export interface NeighbourStage {
  meet(attack: Attack, times: EncounterTimes): Promise<Encounter>;
  close(): Promise<void>;
}

interface Running {
  readonly program: WatchedProgram;
  readonly folder: string;
}

const MIB = 1_048_576;
const [CALM_MS, CALM_STALL_MS, LONGEST_CALM_MS] = [500, 30, 20_000];

/** The program is started anew, on an empty store, only where an attack ended it. */
export async function startNeighbourStage(connections: number, quick: boolean): Promise<NeighbourStage> {
  const jwtSecret = randomBytes(32).toString('hex');
  const crm = await startPart('crm', {
    apiKeys: [QUIET_KEY],
    latencyMs: 0,
    rateLimit: null,
  } satisfies CrmOptions);
  const hostile = await startPart('hostile', { jwtSecret, quick } satisfies HostileOptions);
  const idle = await startPart('idle-program', null);
  const tenant = createQuietTenant(crm, jwtSecret);
  const hosts = await hostsOf(crm, hostile);
  let running: Running | null = null;

  const open = async (): Promise<Running> => {
    const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
    await fillConnections(folder, connections);
    const program = await startWatchedProgram({
      ENCRYPTION_KEY: jwtSecret,
      JWT_SECRET: jwtSecret,
      ALLOWED_INSTANCE_HOSTS: hosts,
      DATA_DIR: folder,
      LOG_LEVEL: 'error',
    });
    await tenant.connect(program.url);
    return { program, folder };
  };
  const closeRunning = async (): Promise<void> => {
    await running?.program.stop();
    if (running !== null) await rm(running.folder, { recursive: true, force: true });
    running = null;
  };
  const stretch = async ({ program }: Running, ms: number): Promise<Stretch> => {
    await program.report();
    const seen = await tenant.work(program.url, ms);
    const report = await program.report();
    const { longestMs: longestStallMs = Number.NaN, peakMiB = Number.NaN } = report ?? {};
    return { ...seen, longestStallMs, longestWorkMs: report?.longestWorkMs ?? Number.NaN, peakMiB };
  };

  // What an attack left to be done is no part of the quiet beside which the next is seen.
  const calm = async ({ program }: Running): Promise<void> => {
    const until = performance.now() + LONGEST_CALM_MS;
    for (;;) {
      await program.report();
      await systemClock.sleep(CALM_MS);
      const { longestMs = 0 } = (await program.report()) ?? {};
      if (longestMs < CALM_STALL_MS || performance.now() > until) return;
    }
  };

  return {
    async meet(attack, { quietMs, attackMs, controlMs }) {
      running ??= await open();
      await calm(running);
      const { program, folder } = running;
      const quiet = await stretch(running, quietMs);
      const before = await sizeOf(folder);
      const input: BeginInput = { attack: attack.name, url: program.url, isControl: false };
      const profiles = profilesFolder();
      if (profiles !== null) program.profile(profiles, `the program beside ${attack.name}`);
      await hostile.ask('begin', input);
      const beside = await stretch(running, attackMs);
      program.endProfile();
      const { value: seen } = await hostile.ask<SeenAttack>('end');
      const grownMiB = (await sizeOf(folder)) - before;
      const ended = program.ended();
      if (ended !== null) await closeRunning();
      const inControl = (running ??= await open());
      await calm(inControl);
      const controlled = await controlOf({ idle, hostile }, attack, seen, () =>
        stretch(inControl, controlMs),
      );
      return { quiet, beside, ...controlled, statuses: statusesOf(seen.calls), grownMiB, ended };
    },
    async close() {
      await closeRunning();
      await hostile.close();
      await idle.close();
      await crm.close();
    },
  };
}

/** As the attack was, but at nobody who thinks of anything. */
async function controlOf(
  { idle, hostile }: { readonly idle: Part; readonly hostile: Part },
  attack: Attack,
  seen: SeenAttack,
  stretch: () => Promise<Stretch>,
): Promise<Pick<Encounter, 'control' | 'controlled'>> {
  const { value: url } = await idle.ask<string>('url');
  const { value: crmUrl } = await hostile.ask<string>('url');
  await idle.ask('begin', { seen, crmUrl } satisfies IdleInput);
  await hostile.ask('begin', { attack: attack.name, url, isControl: true } satisfies BeginInput);
  const control = await stretch();
  const { value } = await hostile.ask<SeenAttack>('end');
  await idle.ask('end');
  return { control, controlled: statusesOf(value.calls) };
}

async function hostsOf(...parts: readonly Part[]): Promise<string> {
  const urls = await Promise.all(parts.map((part) => part.ask<string>('url')));
  return urls.map(({ value }) => new URL(value).host).join(',');
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / MIB;
}
