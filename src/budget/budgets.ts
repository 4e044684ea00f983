import type { ConnectorLimits } from '../connectors/connector.port.ts';
import { budgetIdOf } from '../domain/connection.ts';
import type { BudgetState, BudgetStore } from '../state-store/ownership-store.port.ts';
import { NOT_NEEDED, sleepUnlessAborted } from '../runtime/clock.ts';
import { type ApplicationRefusal, createApplicationRefusal } from './application-refusal.ts';
import { createBudgetNotes, type BudgetNotes } from './budget-notes.ts';
import { createCircuitBreaker, type BreakerState, type CircuitBreaker } from './circuit-breaker.ts';
import {
  type ApplicationWindows,
  type CallContexts,
  createApplicationWindows,
  createCallContexts,
} from './call-contexts.ts';
import { createDailyQuota, type DailyQuota } from './daily-quota.ts';
import type { PaceParts } from './pace.ts';
import { createForeignAnswers, type ForeignAnswers } from './foreign-answers.ts';
import { createProbeWaits } from './probe-waits.ts';
import { createRollingDay } from './rolling-day.ts';
import { type BudgetLimiter, type RateLimiter, createBudgetLimiter } from './rate-limiter.ts';

/** What every call of one budget passes, whichever connection it is for. */
export interface BudgetHandle {
  readonly limiter: RateLimiter;
  readonly breaker: CircuitBreaker;
  readonly foreign: ForeignAnswers;
  readonly application: ApplicationRefusal;
  /** Null: the CRM counts no days. */
  readonly quota: DailyQuota | null;
  /** Null: the CRM counts all requests alike. */
  readonly contexts: CallContexts | null;
  /** To be called once by each who acquired it; calls that wait or run still end. */
  release(): void;
}

export interface Budgets {
  /**
   * The one limiter, breaker and quota of a budget, made where there are none, from what an earlier owner left in the store; the
   * limits given first hold until they are forgotten. Rejects when the store can't tell.
   *
   * @param term the epoch of the lease that the budget is used under: what was made in another term is out of date, since somebody
   *   else may have owned the budget in between. Null: for a single call, whatever there is
   */
  acquire(budgetKey: string, connector: BudgetedConnector, term: number | null): Promise<BudgetHandle>;
  /** Breakers of a provider's budgets, by state. */
  breakerStates(provider: string): Readonly<Record<BreakerState, number>>;
  /** How many of a provider's budgets the CRM refuses for this service's own sake. */
  refusedApplications(provider: string): number;
  /** How many budgets are known. */
  readonly size: number;
  /** Forgets all of them and ends every wait for that. */
  close(): void;
}

/** What of a CRM's limits a budget keeps. */
export type BudgetLimits = Pick<
  ConnectorLimits,
  'requestsPerSecond' | 'maxConcurrent' | 'requestsPerDay' | 'rollingDay' | 'keptForLive' | 'contexts'
>;

export interface BudgetedConnector {
  readonly id: string;
  readonly dialect?: string;
  readonly limits: BudgetLimits;
}

export interface BudgetsOptions extends PaceParts {
  readonly store: BudgetStore;
  /** What could not be written down or reserved; must not throw. */
  readonly onError: (event: string, error: unknown) => void;
  /** The CRM of one of a provider's budgets began or ceased to fail as a whole; must not throw. */
  readonly onOutage?: (provider: string, began: boolean) => void;
  /** The CRM of one of a provider's budgets refuses this service itself, by this code; null: no more. Must not throw. */
  readonly onApplicationRefused?: (provider: string, code: string | null) => void;
  /** How many agencies share a budget: each has its part of the day's calls. Absent: one. */
  readonly agencies?: (budgetKey: string) => Promise<number>;
  /** How many processes work, which share what a CRM counts of the application. Absent: this one. */
  readonly processes?: () => Promise<number>;
  /** How long an unused budget is kept, ms. */
  readonly idleMs?: number;
}

interface Parts {
  readonly limiter: BudgetLimiter;
  readonly breaker: CircuitBreaker;
  readonly foreign: ForeignAnswers;
  readonly application: ApplicationRefusal;
  readonly quota: DailyQuota | null;
  readonly contexts: CallContexts | null;
  readonly notes: BudgetNotes;
}

interface Kept {
  readonly provider: string;
  readonly term: number | null;
  readonly made: Promise<Parts>;
  /** Null until made. */
  parts: Parts | null;
  users: number;
  forgetting: AbortController | null;
}

/** Shorter pauses are over before a new owner begins, ms. */
const WORTH_NOTING_MS = 2_000;

/**
 * The budgets of a worker. They exist while somebody has work for them, and after that as long as they know something that new
 * ones would not: a pause, a lowered rate, calls of the last second, an open breaker, reserved calls of the day's quota.
 */
export function createBudgets(options: BudgetsOptions): Budgets {
  const { clock, idleMs = 30_000 } = options;
  const budgets = new Map<string, Kept>();
  const applications = createApplications(options);
  const forget = (budgetKey: string, kept: Kept) => {
    if (budgets.get(budgetKey) === kept) budgets.delete(budgetKey);
    kept.parts?.breaker.dispose();
  };

  const forgetWhenIdle = async (budgetKey: string, kept: Kept, parts: Parts) => {
    const { signal } = (kept.forgetting = new AbortController());
    let wait = idleMs;
    while (wait > 0) {
      if (!(await sleepUnlessAborted(clock, wait, signal))) return;
      const needed = neededFor(parts, clock.now());
      wait = Number.isFinite(needed) ? needed : idleMs;
    }
    forget(budgetKey, kept);
  };
  const release = (budgetKey: string, kept: Kept, parts: Parts) => {
    kept.users -= 1;
    if (kept.users > 0) return;
    if (budgets.get(budgetKey) === kept) void forgetWhenIdle(budgetKey, kept, parts);
    else forget(budgetKey, kept);
  };
  const findOrBegin = (budgetKey: string, connector: BudgetedConnector, term: number | null): Kept => {
    const kept = budgets.get(budgetKey) ?? null;
    if (kept !== null && (term === null || kept.term === term)) return kept;
    // Those who still use the one of another term end with it.
    kept?.forgetting?.abort(NOT_NEEDED);
    if (kept?.users === 0) forget(budgetKey, kept);
    // Calls that were reserved are this process's, whoever owned the budget since.
    const { quota = null, contexts = null } = kept?.parts ?? {};
    const application = applications.of(connector);
    return begin({ ...options, application }, budgetKey, connector, { term, quota, contexts });
  };

  return {
    async acquire(budgetKey, connector, term) {
      if (connector.limits.contexts !== undefined) applications.count();
      const kept = findOrBegin(budgetKey, connector, term);
      budgets.set(budgetKey, kept);
      kept.users += 1;
      kept.forgetting?.abort(NOT_NEEDED);
      kept.forgetting = null;
      try {
        const parts = (kept.parts = await kept.made);
        let held = true;
        return {
          ...parts,
          limiter: notingLimiter(parts, clock),
          release() {
            if (held) release(budgetKey, kept, parts);
            held = false;
          },
        };
      } catch (error) {
        // The next one asks the store anew.
        forget(budgetKey, kept);
        throw error;
      }
    },
    breakerStates(provider) {
      const counts: Record<BreakerState, number> = { closed: 0, open: 0, half_open: 0 };
      for (const kept of budgets.values()) {
        if (kept.provider === provider && kept.parts !== null) counts[kept.parts.breaker.state()] += 1;
      }
      return counts;
    },
    refusedApplications: (provider) =>
      [...budgets.values()].filter(
        (kept) => kept.provider === provider && kept.parts?.application.code() != null,
      ).length,
    get size() {
      return budgets.size;
    },
    close() {
      for (const [budgetKey, kept] of budgets) {
        kept.forgetting?.abort(NOT_NEEDED);
        forget(budgetKey, kept);
        // One that is still being made: its timers must not outlive this either.
        kept.made.then(({ breaker }) => breaker.dispose()).catch(() => undefined);
      }
    },
  };
}

/** How old the number of processes may get, ms. */
const COUNT_AGAIN_MS = 30_000;

/** What a CRM counts of this service as one application, whoever's budget it is. */
function createApplications({ clock, processes, onError }: BudgetsOptions) {
  const all = new Map<string, ApplicationWindows>();
  let working = 1;
  let countedAt = Number.NEGATIVE_INFINITY;
  return {
    of({ id, dialect }: BudgetedConnector): ApplicationWindows {
      const name = JSON.stringify([id, dialect ?? null]);
      const known = all.get(name) ?? createApplicationWindows(() => working);
      all.set(name, known);
      return known;
    },
    /** Counts the processes anew where that is due. */
    count(): void {
      const now = clock.monotonic();
      if (processes === undefined || now - countedAt < COUNT_AGAIN_MS) return;
      countedAt = now;
      processes().then(
        (counted) => (working = Math.max(1, counted)),
        (error: unknown) => onError('processes_not_counted', error),
      );
    },
  };
}

interface BeginOptions extends BudgetsOptions {
  readonly application: ApplicationWindows;
}

function begin(
  options: BeginOptions,
  budgetKey: string,
  { id, limits }: BudgetedConnector,
  { term, quota, contexts }: Pick<Kept, 'term'> & Pick<Parts, 'quota' | 'contexts'>,
): Kept {
  const budget = budgetIdOf(budgetKey);
  const onOutage = (began: boolean) => options.onOutage?.(id, began);
  const onRefused = (code: string | null) => options.onApplicationRefused?.(id, code);
  const made = options.store
    .read(budget)
    .then((known) =>
      makeParts({ ...options, onOutage, onRefused, budget, budgetKey }, limits, known, { quota, contexts }),
    );
  return { provider: id, term, made, parts: null, users: 0, forgetting: null };
}

interface MakeOptions extends Omit<BeginOptions, 'onOutage'> {
  readonly onOutage: (began: boolean) => void;
  readonly onRefused: (code: string | null) => void;
  readonly budgetKey: string;
  /** The hash of its key. */
  readonly budget: string;
}

function makeParts(
  options: MakeOptions,
  limits: BudgetLimits,
  known: BudgetState | null,
  before: Pick<Parts, 'quota' | 'contexts'>,
): Parts {
  const { store, clock, random, onError, onOutage, onRefused, agencies, budget, budgetKey } = options;
  const notes = createBudgetNotes({ store, budget, known, onError: (e) => onError('budget_note_failed', e) });
  const limiter = createBudgetLimiter(limits, { clock, random });
  if (known?.pausedUntil != null && known.pausedUntil > clock.now()) limiter.pauseUntil(known.pausedUntil);
  const { requestsPerDay, rollingDay, keptForLive = 0 } = limits;
  const foreign = createForeignAnswers();
  const application = createApplicationRefusal(onRefused);
  const breaker = createCircuitBreaker({
    clock,
    waits: createProbeWaits({ clock, random, requestsPerDay }),
    openUntil: known?.openUntil ?? null,
    onChange: notes.open,
    onSuccess: foreign.clear,
    onOutage(began) {
      if (!began) application.clear();
      onOutage(began);
    },
  });
  const onQuotaError = (error: unknown) => onError('quota_reserve_failed', error);
  const learned =
    rollingDay === undefined ? null : createRollingDay({ limit: rollingDay, keptForLive, clock });
  const counted =
    requestsPerDay === null
      ? learned
      : createDailyQuota({
          store,
          budget,
          clock,
          requestsPerDay,
          keptForLive,
          ...(agencies && { agencies: () => agencies(budgetKey) }),
          onError: onQuotaError,
        });
  const contexts =
    before.contexts ??
    (limits.contexts === undefined
      ? null
      : createCallContexts(limits.contexts.all, clock, options.application));
  return { limiter, breaker, foreign, application, quota: before.quota ?? counted, contexts, notes };
}

/** A limiter that writes long pauses down, so that whoever owns the budget next keeps to them. */
function notingLimiter({ limiter, notes }: Parts, clock: BudgetsOptions['clock']): RateLimiter {
  return {
    ...limiter,
    refused(retryAfterMs) {
      const pause = limiter.refused(retryAfterMs);
      if (pause > WORTH_NOTING_MS) notes.paused(clock.now() + pause);
      return pause;
    },
  };
}

/** Milliseconds until nothing is lost by forgetting; infinite while nobody can tell. */
function neededFor({ limiter, breaker, quota, contexts }: Parts, now: number): number {
  if (quota?.holdsCalls()) return Number.POSITIVE_INFINITY;
  return Math.max(limiter.neededFor(), contexts?.forgettableIn() ?? 0, (breaker.openUntil() ?? 0) - now);
}
