import { profileCommand, type CommandProfiler } from './part-profiler.ts';
import type { Meter, OpenedPart, OpenPart, PartReply, PartRequest } from './part.ts';

/** The child's side of `startPart`: opens the part that the arguments name, and runs its commands one after another. */
const [name = '', options = 'null', profiles] = process.argv.slice(2);
const MIB = 1_048_576;

async function open(): Promise<OpenedPart> {
  const module = (await import(new URL(`../parts/${name}.ts`, import.meta.url).href)) as {
    readonly openPart: OpenPart<unknown>;
  };
  return await module.openPart(JSON.parse(options));
}

/** Null where nobody wants to know. */
function profilerOf(label: string | undefined): CommandProfiler | null {
  return profiles === undefined || label === undefined ? null : profileCommand(profiles, label);
}

function startMeter(profiler: CommandProfiler | null) {
  let began = performance.now();
  let before = process.cpuUsage();
  let end: { readonly ms: number; readonly cpuMs: number } | null = null;
  const read = () => {
    const { user, system } = process.cpuUsage(before);
    return { ms: performance.now() - began, cpuMs: (user + system) / 1_000 };
  };
  const meter: Meter = {
    restart() {
      began = performance.now();
      before = process.cpuUsage();
      end = null;
      profiler?.begin();
    },
    stop() {
      end ??= read();
      profiler?.end();
    },
  };
  return { meter, read: () => end ?? read() };
}

let opened: Promise<OpenedPart> | null = null;

async function carryOut({ id, command, input }: PartRequest): Promise<PartReply> {
  try {
    opened ??= open();
    const part = await opened;
    const run = part.commands[command];
    if (run === undefined && command !== 'open') throw new TypeError(`no command ${command}`);
    const profiler = profilerOf(part.profiled?.[command]);
    const { meter, read } = startMeter(profiler);
    const value = await run?.(input as never, meter);
    // Linux counts it in KiB.
    const peakMiB = (process.resourceUsage().maxRSS * 1_024) / MIB;
    const measured = { value, ...read(), peakMiB };
    profiler?.end();
    return { id, ok: true, measured };
  } catch (error) {
    return {
      id,
      ok: false,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

process.on('message', (request: PartRequest) => {
  void carryOut(request).then((reply) => {
    // A command that ends after the run has nobody to tell.
    if (process.connected) process.send?.(reply);
  });
});
// Ctrl-C reaches every process of the run: a part ends when the run has, so that it tidies up first.
process.on('SIGINT', () => undefined);
process.once('disconnect', () => {
  void (async () => {
    await (await opened)?.close();
    process.exit(0);
  })();
});
