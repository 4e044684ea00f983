import {
  ENDED_REPLAY_STATUSES,
  NO_REPLAY_COUNTS,
  type DeadLetterFilter,
  type Replay,
  type ReplayPlan,
} from '../domain/replay.ts';
import type { Clock } from '../runtime/clock.ts';
import { startPeriodicLoop, type PeriodicLoop } from '../runtime/periodic-loop.ts';
import type { Random } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { judgeLetters, type JudgeParts } from './judge-letters.ts';
import { readReplayProgress } from './replay-progress.ts';
import type { BeginOutcome, JudgedLetter, ReplayService } from './replay-service.port.ts';
import { endReplay, stepReplay, type ReplayStepParts } from './step-replay.ts';

export interface ReplayOptions extends Omit<ReplayStepParts, 'now'> {
  readonly clock: Clock;
  readonly random: Random;
}

export interface Replays extends ReplayService {
  /** Goes on with the replays that an earlier process left. */
  start(): void;
  /** Ends after the letter in hand; what is left goes on at the next start, here or elsewhere. */
  stop(): Promise<void>;
}

/** How long a plan can be begun, ms: what it counted grows old. */
export const PLAN_LIFETIME_MS = 3_600_000;
/** Between looks at running replays, ms; while none runs, only another process's could appear. */
const TICK_MS = 250;
const IDLE_TICK_MS = 2_000;
const MOST_RUNNING = 1_000;

/** Plans replays of dead letters, begins them once, and walks those that run while `mayWalk` says that it is this process's task. */
export function createReplays(options: ReplayOptions): Replays {
  const { store, clock } = options;
  let loop: PeriodicLoop | null = null;
  let idle = false;
  let stopping = false;
  const parts: ReplayStepParts = {
    ...options,
    now: () => clock.now(),
    mayWalk: () => !stopping && options.mayWalk(),
  };

  async function walkAll(): Promise<void> {
    if (!parts.mayWalk()) return;
    const running = await store.replays.listRunning(MOST_RUNNING);
    idle = running.length === 0;
    for (const replay of running) {
      try {
        await stepReplay(parts, replay);
      } catch (error) {
        // One replay's fault must not hold up the others; it is tried again at the next tick.
        options.onError('replay_step_failed', error);
      }
    }
  }

  async function begin(planId: string): Promise<BeginOutcome> {
    const outcome = await beginPlan(store, planId, clock.now());
    if (outcome.kind === 'begun') {
      idle = false;
      loop?.wake();
    }
    return outcome;
  }

  return {
    begin,
    judge: (letters) => judgeLetters(options, letters),
    plan: (filter, requestedBy) => makePlan(options, filter, requestedBy),
    cancel: (replayId) => cancelReplay(parts, replayId),
    async progress(replayId) {
      const replay = await store.replays.read(replayId);
      return replay === null ? null : await readReplayProgress(store, replay);
    },
    async list(cursor, limit) {
      const { items, nextCursor } = await store.replays.list(cursor, limit);
      const read = await Promise.all(items.map((replay) => readReplayProgress(store, replay)));
      return { items: read, nextCursor };
    },
    start() {
      loop = startPeriodicLoop({
        run: walkAll,
        waitMs: () => (idle ? IDLE_TICK_MS : TICK_MS),
        clock,
        onError: (error) => {
          options.onError('replay_loop_failed', error);
        },
      });
    },
    async stop() {
      stopping = true;
      await loop?.stop();
    },
  };
}

/** Only what had failed when it was planned: so nobody replays what they did not see, and what fails again is not met twice. */
function boundedFilter(filter: DeadLetterFilter, now: number): DeadLetterFilter {
  return { ...filter, to: Math.min(filter.to ?? Infinity, now + 1), statuses: filter.statuses ?? ['open'] };
}

async function makePlan(
  options: ReplayOptions,
  asked: DeadLetterFilter,
  requestedBy: string,
): Promise<Replay> {
  const now = options.clock.now();
  const filter = boundedFilter(asked, now);
  const replay: Replay = {
    replayId: options.random.uuid(),
    status: 'planned',
    filter,
    plan: await planReplay(options, filter),
    requestedBy,
    createdAt: now,
    expiresAt: now + PLAN_LIFETIME_MS,
    startedAt: null,
    finishedAt: null,
    cursor: null,
    walkedAll: false,
    counts: NO_REPLAY_COUNTS,
    revision: 1,
  };
  await options.store.replays.insert(replay);
  return replay;
}

/** Letters looked at in one go. */
const LETTER_PAGE = 200;

interface PlanReplayParts extends JudgeParts {
  readonly store: JudgeParts['store'] & Pick<StateStore, 'deadLetters'>;
}

/** Counts what a replay of these letters would do, page by page; writes and calls nothing. */
async function planReplay(parts: PlanReplayParts, filter: DeadLetterFilter): Promise<ReplayPlan> {
  let plan = NOTHING;
  let cursor: string | null = null;
  do {
    const page = await parts.store.deadLetters.list(filter, cursor, LETTER_PAGE);
    const judged = await judgeLetters(parts, page.items);
    plan = judged.reduce(count, plan);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return plan;
}

const NOTHING: ReplayPlan = {
  total: 0,
  toDeliver: 0,
  toDecode: 0,
  superseded: 0,
  parked: 0,
  willFailAgain: 0,
  crmCalls: 0,
};

function count(plan: ReplayPlan, { verdict }: JudgedLetter): ReplayPlan {
  const counted = { ...plan, total: plan.total + 1 };
  switch (verdict.do) {
    case 'deliver':
      return {
        ...counted,
        toDeliver: plan.toDeliver + 1,
        willFailAgain: plan.willFailAgain + (verdict.willFailAgain ? 1 : 0),
        crmCalls: plan.crmCalls + verdict.crmCalls,
      };
    case 'decode':
      return { ...counted, toDecode: plan.toDecode + 1 };
    case 'superseded':
      return { ...counted, superseded: plan.superseded + 1 };
    case 'parked':
      return { ...counted, parked: plan.parked + 1 };
  }
}

/** The compare-and-set from planned to running: of several callers one gets there, the others read what it wrote. */
async function beginPlan(
  store: Pick<StateStore, 'replays'>,
  planId: string,
  now: number,
): Promise<BeginOutcome> {
  for (;;) {
    const replay = await store.replays.read(planId);
    if (replay === null) return { kind: 'unknown' };
    if (replay.status !== 'planned') return { kind: 'used', replay };
    if (now >= replay.expiresAt) return { kind: 'expired' };
    const begun: Replay = { ...replay, status: 'running', startedAt: now, revision: replay.revision + 1 };
    if (await store.replays.replace(begun, replay.revision)) return { kind: 'begun', replay: begun };
  }
}

async function cancelReplay(
  parts: Pick<ReplayStepParts, 'store' | 'now'>,
  replayId: string,
): Promise<Replay | null> {
  for (;;) {
    const replay = await parts.store.replays.read(replayId);
    if (replay === null || ENDED_REPLAY_STATUSES.includes(replay.status)) return replay;
    const ended = await endReplay(parts, replay, 'cancelled');
    if (ended !== null) return ended;
  }
}
