import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programFlags } from './program-flags.ts';

/** Runs one command of a part; `meter` may be restarted where what counts begins later. */
export type PartCommand = (input: never, meter: Meter) => Promise<unknown>;

/** What a part's module exports as `openPart`: something that is measured in a process of its own. */
export type OpenPart<Options> = (options: Options) => Promise<OpenedPart>;

export interface OpenedPart {
  readonly commands: Readonly<Record<string, PartCommand>>;
  /** Commands whose use of the processor `--profile` tells of, and by what words; no two of them run at a time. */
  readonly profiled?: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface Meter {
  /** Forgets what was measured of this command so far. */
  restart(): void;
  /** Measures no further; what follows is a check. */
  stop(): void;
}

/** What a command took in its process. */
export interface Measured<T> {
  readonly value: T;
  readonly ms: number;
  /** All threads of the process. */
  readonly cpuMs: number;
  /** The most memory that the process has held so far, MiB. */
  readonly peakMiB: number;
}

/** A part that runs in a child process. */
export interface Part {
  readonly pid: number;
  ask<T>(command: string, input?: unknown): Promise<Measured<T>>;
  close(): Promise<void>;
}

export interface PartRequest {
  readonly id: number;
  readonly command: string;
  readonly input: unknown;
}

export type PartReply =
  | { readonly id: number; readonly ok: true; readonly measured: Measured<unknown> }
  | { readonly id: number; readonly ok: false; readonly message: string };

const HOST = new URL('./part-host.ts', import.meta.url);

/** Flags of Node for every part, the program's own among them. */
const COMMON_FLAGS = ['--disable-warning=ExperimentalWarning', ...programFlags()];

let profiles: string | null = null;

/** Parts that start from now on write profiles of what is to be profiled into the folder. */
export function profileParts(folder: string): void {
  profiles = folder;
}

/** Where profiles are to be written; null where nothing is profiled. */
export function profilesFolder(): string | null {
  return profiles;
}

/**
 * Starts `bench/parts/<name>.ts` in a process of its own: its processor time and memory are nobody else's. Rejects with the
 * part's own error when it can't be opened.
 *
 * @param flags of Node, for instance `--expose-gc`
 */
export async function startPart(
  name: string,
  options: unknown,
  flags: readonly string[] = [],
): Promise<Part> {
  const child = fork(HOST, [name, JSON.stringify(options), ...(profiles === null ? [] : [profiles])], {
    execArgv: [...COMMON_FLAGS, ...flags],
    serialization: 'advanced',
  });
  const waiting = new Map<number, PromiseWithResolvers<Measured<unknown>>>();
  let asked = 0;
  child.on('message', (reply: PartReply) => {
    const waiter = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.ok) waiter?.resolve(reply.measured);
    else waiter?.reject(new Error(`${name}: ${reply.message}`));
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended with ${code}`));
  });
  const ask = (command: string, input: unknown): Promise<Measured<unknown>> => {
    const waiter = Promise.withResolvers<Measured<unknown>>();
    asked += 1;
    waiting.set(asked, waiter);
    child.send({ id: asked, command, input: input ?? null } satisfies PartRequest);
    return waiter.promise;
  };
  await ask('open', null);
  return {
    pid: child.pid ?? 0,
    ask: async <T>(command: string, input: unknown) => (await ask(command, input)) as Measured<T>,
    close: () => end(child),
  };
}

const LONGEST_END_MS = 10_000;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  const tooLong = setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS);
  await ended;
  clearTimeout(tooLong);
}
