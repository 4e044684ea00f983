import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { processTreeCpuMs, readProc } from './process-cpu.ts';

/** Of a while, in processors. */
export interface ProcessorUse<Group extends string> {
  /** What each group of processes used. */
  readonly cores: Readonly<Record<Group, number>>;
  /** Which part of the time a process of the group could have gone on and had to wait for a processor: of the one that waited most. */
  readonly queued: Readonly<Record<Group, number>>;
  /** What nobody on the machine used. */
  readonly idle: number;
  /** What the groups used, of that and what nobody did: others may use the machine, too. */
  readonly part: number;
}

/** Begins to watch; what it returns tells of the time since. All is NaN but on Linux. */
export function watchProcessors<Group extends string>(
  groups: Readonly<Record<Group, readonly number[]>>,
): () => ProcessorUse<Group> {
  const names = Object.keys(groups) as Group[];
  const readCpu = () => names.map((name) => sum(groups[name].map(processTreeCpuMs)));
  const readQueued = () => names.map((name) => groups[name].map(queuedMs));
  const [began, before, machineBefore] = [performance.now(), readCpu(), machineTicks()];
  const queuedBefore = readQueued();
  return () => {
    const ms = performance.now() - began;
    const cores = readCpu().map((cpuMs, index) => (cpuMs - (before[index] ?? 0)) / ms);
    const queued = readQueued().map((each, index) =>
      Math.max(0, ...each.map((queuedFor, at) => (queuedFor - (queuedBefore[index]?.[at] ?? 0)) / ms)),
    );
    const { idle: idleTicks, all } = machineTicks();
    const idle = (cpus().length * (idleTicks - machineBefore.idle)) / (all - machineBefore.all);
    return {
      cores: byName(names, cores),
      queued: byName(names, queued),
      idle,
      part: sum(cores) / (sum(cores) + idle),
    };
  };
}

function byName<Group extends string>(names: readonly Group[], values: readonly number[]) {
  return Object.fromEntries(names.map((name, index) => [name, values[index]])) as Record<Group, number>;
}

/** How long a process's main thread has waited for a processor so far, ms. */
function queuedMs(pid: number): number {
  const [, nanoseconds = 'NaN'] = readProc(pid, 'schedstat').split(' ');
  return Number(nanoseconds) / 1e6;
}

/** What the first line of `/proc/stat` counts: user, nice, system, idle, waiting for a disk, interrupts, … */
function machineTicks(): { readonly idle: number; readonly all: number } {
  if (process.platform !== 'linux') return { idle: Number.NaN, all: Number.NaN };
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { idle: sum(ticks.slice(3, 5)), all: sum(ticks) };
}

/** The processes of the broker and the store where this run started them by itself; empty where it did not. */
export function serverPids(): Readonly<Record<'broker' | 'store', readonly number[]>> {
  const mine = process.platform === 'linux' ? readdirSync('/proc').filter(isChild) : [];
  const running = (mainClass: string): number[] =>
    mine.filter((pid) => commandOf(pid).includes(mainClass)).map(Number);
  return { broker: running('KafkaNode'), store: running('MongoProtocolServer') };
}

function isChild(pid: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  const [, parent] = readProc(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
  return Number(parent) === process.pid;
}

const commandOf = (pid: string): string[] => readProc(pid, 'cmdline').split('\0');

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
