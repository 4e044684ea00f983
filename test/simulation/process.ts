import type { ChangeHandler } from '../../src/change-feed/change-feed.port.ts';
import type { DeadLetterTopic } from '../../src/change-feed/dead-letter-topic.port.ts';
import { createBudgets } from '../../src/budget/budgets.ts';
import type { Scope } from '../../src/domain/connection.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import type { IntegrationPorts } from '../../src/integrations/integration.port.ts';
import { createFullSyncs } from '../../src/runs/full-sync.ts';
import { createReconcileLoop } from '../../src/delivering/reconcile-loop.ts';
import type { Reconciler } from '../../src/delivering/reconciler.port.ts';
import type { LiveOwnership } from '../../src/ownership/ownership.port.ts';
import { createReplays, type Replays } from '../../src/replays/replay-letters.ts';
import { createShardKeeper, leaseTiming } from '../../src/ownership/shard-keeper.ts';
import { createTimelineWriter } from '../../src/delivering/timeline-writer.ts';
import type { WorkHint } from '../../src/change-feed/work-hints.port.ts';
import type { Random } from '../../src/runtime/random.ts';
import { openCrmSessions } from '../../src/service/open-crm-sessions.ts';
import type { StateStore } from '../../src/state-store/state-store.port.ts';
import type { CrmConnector } from '../../src/connectors/connector.port.ts';
import type { Transport } from '../../src/wire/transport.port.ts';
import type { CrmWire } from './crm/crm-wire.ts';
import type { EventLog } from './feed/event-log.ts';
import { startLogConsumer, type LogConsumer } from './feed/log-consumer.ts';
import type { ProcessLife } from './time/process-life.ts';
import { openFingerprints, openVault, SHARDS, simVault } from './crm/sim-connector.ts';
import { clockOn, type SimTime } from './time/sim-time.ts';
import { runningProcess } from './time/virtual-timers.ts';

export interface SimProcess {
  readonly life: ProcessLife;
  /** What its API's use-cases are given. */
  readonly ports: IntegrationPorts;
  readonly replays: Replays;
  /** As a signal would: hands its work over and ends. */
  stop(): void;
  /** What another process tells. */
  hear(hint: WorkHint): void;
}

export interface ProcessParts {
  readonly life: ProcessLife;
  readonly time: SimTime;
  readonly random: Random;
  readonly store: StateStore;
  readonly wire: CrmWire;
  readonly connector: CrmConnector;
  readonly log: EventLog;
  readonly topic: DeadLetterTopic;
  readonly retryDelaysMs: readonly number[];
  readonly skewMs: number;
  /** Tells the others. */
  readonly publish: (hint: WorkHint) => void;
  readonly onError: (event: string, error: unknown) => void;
  /** For tests that break the program on purpose. */
  readonly wrapIngest?: (ingest: ChangeHandler) => ChangeHandler;
  readonly wrapOwnership?: (ownership: LiveOwnership) => LiveOwnership;
  readonly wrapReplays?: (replays: Replays, store: StateStore) => Replays;
  readonly wrapConnector?: (connector: CrmConnector) => CrmConnector;
  readonly wrapTransport?: (transport: Transport, forWork: boolean) => Transport;
}

const POLL_MS = 2_000;
const GRACE_MS = 6_000;

/** One worker as `src/service` composes it: ingest, reconcile loop, runs, replays, and the use-cases of the API. */
export function startProcess(parts: ProcessParts): SimProcess {
  return runningProcess.run(parts.life, () => compose(parts));
}

function compose(parts: ProcessParts): SimProcess {
  const { life, time, random, store, wire, onError } = parts;
  const clock = clockOn(time, (action) => life.resume(action), parts.skewMs);
  const budgets = createBudgets({ clock, random, store: store.budgets, onError });
  const connector = parts.wrapConnector?.(parts.connector) ?? parts.connector;
  const out = (forWork: boolean): Transport => wire.transportOf(life, forWork);
  const openSessions = (forWork: boolean) =>
    openCrmSessions({
      connectors: [connector],
      transport: parts.wrapTransport?.(out(forWork), forWork) ?? out(forWork),
      budgets,
      vault: openVault,
      fingerprints: openFingerprints,
      clock,
      onCall: () => undefined,
    });
  const sessions = openSessions(true);
  const keeper = createShardKeeper({
    store,
    clock,
    random,
    onError,
    label: life.name,
    shardCount: SHARDS,
    timing: { ...leaseTiming(simVault.limits.callDeadlineMs), beatEveryMs: 1_500 },
  });
  const ownership = parts.wrapOwnership?.(keeper) ?? keeper;
  const mine = ({ budgetKey }: { readonly budgetKey: string }): boolean =>
    ownership.leaseOf(budgetKey) !== null;
  const reconciler = createReconcileLoop({
    store,
    sessions,
    ownership,
    clock,
    random,
    outlets: {
      onError,
      deadLetterTopic: parts.topic,
      timeline: createTimelineWriter(
        store.timeline,
        () => clock.now(),
        life.name,
        () => undefined,
      ),
      events: { delivered: () => undefined, deadLettered: () => undefined, stray: () => undefined },
    },
    retry: { delaysMs: parts.retryDelaysMs },
    pollEveryMs: POLL_MS,
    // Here processes are ended all the time, and no record is to blame for it.
    mostStarts: Number.POSITIVE_INFINITY,
    onRested: (connectionId) => runs.rested(connectionId),
  });
  const nudge = (scope: Scope): void => {
    reconciler.nudge(scope);
    parts.publish({ kind: 'due', scopes: [scope] });
  };
  const runs = createFullSyncs({
    store,
    sessions,
    clock,
    random,
    onError,
    walks: true,
    mostStarts: Number.POSITIVE_INFINITY,
    mayWalk: mine,
    nudge,
    onEnded: () => undefined,
  });
  const ingest = createIngest({
    store,
    deadLetterTopic: parts.topic,
    now: () => clock.now(),
    onVerdict: () => undefined,
    onLetter: () => undefined,
    onMarked: (scopes) => {
      for (const each of scopes) {
        if (mine(each)) reconciler.nudge(each.scope);
        else parts.publish({ kind: 'due', scopes: [each.scope] });
      }
    },
  });
  const handler = parts.wrapIngest?.(ingest) ?? ingest;
  const made = createReplays({
    store,
    sessions,
    clock,
    random,
    onError,
    nudge,
    ingest: handler,
    decodeAgain: () => Promise.resolve({ ok: false, code: 'INVALID_JSON', detail: 'The value is no JSON.' }),
    mayWalk: () => mine({ budgetKey: 'replays' }),
  });
  const replays = parts.wrapReplays?.(made, store) ?? made;
  const ports = portsOf(parts, { clock, reconciler, runs, check: openSessions(false) });
  const consumer = begin(parts, { reconciler, ownership, runs, replays, handler, clock });
  return {
    life,
    ports,
    replays,
    stop: () => void leave(parts, { consumer, reconciler, ownership, runs, replays }),
    hear(hint) {
      life.resume(() =>
        runningProcess.run(life, () => {
          if (hint.kind === 'connection') reconciler.connectionChanged(hint.connectionId);
          else for (const scope of hint.scopes) reconciler.nudge(scope);
        }),
      );
    },
  };
}

interface Begun {
  readonly consumer: Promise<LogConsumer>;
  readonly reconciler: Reconciler;
  readonly ownership: LiveOwnership;
  readonly runs: ReturnType<typeof createFullSyncs>;
  readonly replays: Replays;
}

async function begin(
  { life, log, onError }: ProcessParts,
  {
    reconciler,
    ownership,
    runs,
    replays,
    handler,
    clock,
  }: Omit<Begun, 'consumer'> & {
    readonly handler: ChangeHandler;
    readonly clock: ReturnType<typeof clockOn>;
  },
): Promise<LogConsumer> {
  reconciler.start();
  for (;;) {
    try {
      await ownership.start(reconciler);
      break;
    } catch {
      // The store is away: a supervisor would start the process again.
      await clock.sleep(1_000);
    }
  }
  runs.begin();
  replays.start();
  return startLogConsumer({ log, life, clock, handler, onError });
}

/** In the order in which the service releases what it started. */
async function leave(
  { life }: ProcessParts,
  { consumer, reconciler, ownership, runs, replays }: Begun,
): Promise<void> {
  await runningProcess.run(life, async () => {
    await (await consumer).stop();
    await replays.stop();
    await runs.stop();
    await ownership.stop(GRACE_MS);
    await reconciler.stop(1_000);
    life.die('by its own end');
  });
}

function portsOf(
  { store, random, publish, onError }: ProcessParts,
  own: {
    readonly clock: ReturnType<typeof clockOn>;
    readonly reconciler: Reconciler;
    readonly runs: ReturnType<typeof createFullSyncs>;
    readonly check: ReturnType<typeof openCrmSessions>;
  },
): IntegrationPorts {
  const { reconciler } = own;
  return {
    store,
    catalogue: { available: [simVault] },
    checkInstanceUrl: (text) => ({ ok: true, url: text }),
    vault: openVault,
    fingerprints: openFingerprints,
    credentialCheck: own.check,
    reconciler: {
      nudge: (scope) => reconciler.nudge(scope),
      connectionChanged(connectionId) {
        reconciler.connectionChanged(connectionId);
        publish({ kind: 'connection', connectionId });
      },
      askNow(connectionId) {
        reconciler.askNow(connectionId);
        publish({ kind: 'connection', connectionId });
      },
    },
    runs: own.runs,
    intake: { publisher: { publish: () => Promise.resolve(null) }, maxEventBytes: 262_144 },
    clock: own.clock,
    random,
    logger: { error: (event, fields) => onError(event, new Error(fields.errorMessage)) },
  };
}
