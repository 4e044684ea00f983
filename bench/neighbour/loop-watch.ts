import { monitorEventLoopDelay } from 'node:perf_hooks';
import { profileCommand, type CommandProfiler } from '../harness/part-profiler.ts';

/** What the parent may ask for. */
export type LoopAsk =
  | { readonly ask: 'report' }
  | { readonly ask: 'profile'; readonly folder: string; readonly label: string }
  | { readonly ask: 'end-profile' };

/** Loaded into the watched program before itself: tells its parent how it fares. */
export interface LoopReport {
  /** The longest that the event loop stood still since the last report, ms. */
  readonly longestMs: number;
  /** The longest that its own work kept it, ms of processor time: what others on the machine took is no part of it. */
  readonly longestWorkMs: number;
  readonly heapMiB: number;
  /** The most that the process held since the last report, as far as looks show. */
  readonly peakMiB: number;
}

const MIB = 1_048_576;
/** How often it looks, ms; this is a part of what it measures. */
const RESOLUTION_MS = 5;

const LOOK_EVERY_MS = 50;

/** Between two looks of a timer that comes round as often as the loop does, at most so often. */
const WORK_EVERY_MS = 4;
let longestWork = 0;
let workBefore = workMs();
setInterval(() => {
  const work = workMs();
  longestWork = Math.max(longestWork, work - workBefore);
  workBefore = work;
}, WORK_EVERY_MS).unref();
let peak = 0;
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, LOOK_EVERY_MS).unref();
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
let profiler: CommandProfiler | null = null;
process.on('message', (message: LoopAsk) => {
  if (message.ask === 'profile') profiler = profileCommand(message.folder, message.label);
  if (message.ask === 'end-profile') profiler?.end();
  if (message.ask !== 'report') return;
  const report: LoopReport = {
    longestMs: Math.max(0, delay.max / 1e6 - RESOLUTION_MS),
    longestWorkMs: Math.max(0, longestWork - WORK_EVERY_MS),
    heapMiB: process.memoryUsage().heapUsed / MIB,
    peakMiB: Math.max(peak, process.memoryUsage.rss()) / MIB,
  };
  delay.reset();
  [peak, longestWork] = [0, 0];
  process.send?.(report);
});

/** What this thread has worked, ms. */
function workMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
