import type { Run } from '../domain/run.ts';
import { stepRun, type RunStepParts } from './step-run.ts';

/** Moves the open runs of full syncs on. */
export interface RunWalker {
  /** One look at each of them. */
  walkAll(): Promise<RunsLook>;
  /** Nothing of the connection is left to deliver: a run that this ends, or lets walk on, need not wait for the next look. */
  rested(connectionId: string): void;
  /** Looks at nothing more; resolves when it is at nothing. */
  stop(): Promise<void>;
}

export interface RunsLook {
  readonly open: number;
  /** The ids of those that this process walks. */
  readonly walked: ReadonlySet<string>;
}

export interface RunWalkerOptions extends RunStepParts {
  readonly onError: (event: string, error: unknown) => void;
}

const OPEN_RUNS = 10_000;

export function createRunWalker(options: RunWalkerOptions): RunWalker {
  const { store } = options;
  /** Connections with an open run, as of the last look at all. */
  let connections: ReadonlySet<string> = new Set();
  /** Runs that a step is at. */
  const stepped = new Set<string>();
  const looks = new Set<Promise<boolean>>();
  let stopped = false;

  /** True where this process walks it. One run's fault must not hold up the others; it is tried again at the next look. */
  async function step(run: Run): Promise<boolean> {
    if (stepped.has(run.runId)) return true;
    stepped.add(run.runId);
    try {
      return await stepRun(options, run);
    } catch (error) {
      options.onError('run_step_failed', error);
      return false;
    } finally {
      stepped.delete(run.runId);
    }
  }

  async function lookAt(connectionId: string): Promise<boolean> {
    try {
      const run = await store.runs.findOpen(connectionId);
      return run !== null && (await step(run));
    } catch (error) {
      options.onError('run_step_failed', error);
      return false;
    }
  }

  return {
    async walkAll() {
      const open = await store.runs.listOpen(OPEN_RUNS);
      connections = new Set(open.map(({ connectionId }) => connectionId));
      const walked = new Set<string>();
      for (const run of open) if (await step(run)) walked.add(run.runId);
      return { open: open.length, walked };
    },
    rested(connectionId) {
      if (stopped || !connections.has(connectionId)) return;
      const look = lookAt(connectionId).finally(() => looks.delete(look));
      looks.add(look);
    },
    async stop() {
      stopped = true;
      await Promise.all(looks);
    },
  };
}
