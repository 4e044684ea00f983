import type { Change, LogPlace } from '../../src/domain/change-event.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import type { StateStore } from '../../src/state-store/state-store.port.ts';
import type { Random } from '../../src/runtime/random.ts';
import { vaultFields } from '../../src/connectors/mri-vault/mapping.ts';
import { bodyOf, markerOf, markerText, type BodySpec } from './crm/content-marker.ts';
import type { ExpectedRecord } from './feed/expected-records.ts';
import { createCrmAccount, type CrmAccount } from './crm/crm-server.ts';
import { createCrmJudge, type CrmJudge } from './crm/crm-judge.ts';
import { isFromProxy, type CrmSaying } from './crm/crm-sayings.ts';
import { createPeopleAtWork, showing, type PeopleAtWork } from './crm/people-at-work.ts';
import { createPeopleFacts } from './crm/people-facts.ts';
import { simVault, userOf } from './crm/sim-connector.ts';
import { simVaultInParts } from './crm/sim-parts.ts';
import { createCompanyServer } from './crm/company-server.ts';
import { createCrmWire, type CrmWire, type Dispatch } from './crm/crm-wire.ts';
import { inCompany } from './crm/sim-company.ts';
import type { CrmConnector } from '../../src/connectors/connector.port.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { createEventLog, type EventLog } from './feed/event-log.ts';
import { createLetterTopic, type LetterTopic } from './feed/letter-topic.ts';
import { createOwnerView } from './owner-view.ts';
import { createProcessLife } from './time/process-life.ts';
import { startProcess, type ProcessParts, type SimProcess } from './process.ts';
import { openSharedStore, type SharedStore } from './shared-store.ts';
import type { SimAction, SimPlan } from './plan/sim-plan.ts';
import { createSimTime, type SimTime } from './time/sim-time.ts';
import { createTrace, type Trace } from './time/trace.ts';

type LogAction = Extract<SimAction, { do: 'event' | 'null_value' | 'unreadable' }>;

/** What a test breaks on purpose, from outside. */
export interface Sabotage {
  readonly wrapIngest?: ProcessParts['wrapIngest'];
  readonly wrapStore?: (store: StateStore, raw: SharedStore['raw']) => StateStore;
  readonly wrapOwnership?: ProcessParts['wrapOwnership'];
  readonly wrapReplays?: ProcessParts['wrapReplays'];
  readonly wrapConnector?: ProcessParts['wrapConnector'];
  readonly wrapTransport?: ProcessParts['wrapTransport'];
}

/** Everything of one simulation, and the processes that live now. */
export interface World {
  readonly plan: SimPlan;
  readonly time: SimTime;
  readonly trace: Trace;
  readonly store: SharedStore;
  readonly log: EventLog;
  readonly topic: LetterTopic;
  readonly wire: CrmWire;
  readonly accounts: ReadonlyMap<string, CrmAccount>;
  readonly judge: CrmJudge;
  /** Those that are neither dead nor about to end. */
  readonly processes: readonly SimProcess[];
  readonly errors: readonly string[];
  /** The CRM takes what it refused at first. */
  relented: boolean;
  /** `host kind` of creates without a key that ended without an answer. */
  readonly uncertainCreates: readonly string[];
  readonly people: PeopleAtWork;
  /** Hosts whose CRM refused somebody's credentials when it was asked about them. */
  readonly refusedAt: ReadonlySet<string>;
  /** What was said to every request of a host in its CRM's place. */
  readonly outages: readonly CrmSaying[];
  start(): SimProcess;
  /** Nothing goes wrong from now on. */
  calm(): void;
  append(action: LogAction): void;
  say(saying: CrmSaying): void;
  /** The spec that a record's content was made of; null for a delete. */
  sent(record: ExpectedRecord): BodySpec | null;
}

/** A process that died is started anew after this, ms. */
const RESTART_MS = 1_500;
/** A hint gets lost this often. */
const LOST_HINTS = 0.3;

export async function createWorld(plan: SimPlan, keepTrace: boolean, sabotage: Sabotage): Promise<World> {
  const random = seededRandom(plan.seed);
  const time = createSimTime(() => random.next());
  const trace = createTrace(() => time.elapsed, keepTrace);
  const errors: string[] = [];
  const facts = createPeopleFacts(() => time.elapsed);
  const refusedAt = new Set<string>();
  const outages: CrmSaying[] = [];
  const uncertainCreates: string[] = [];
  const specs = new Map<string, BodySpec>();
  const owners = createOwnerView();
  const judge = createCrmJudge({
    elapsed: () => time.elapsed,
    trace,
    ownerOf: (budget) => owners.ownerOf(store.raw, budget),
    facts,
    deletionsOf: (user) => plan.users.find(({ name }) => name === user)?.deletions,
    recordsOf: (host) => accounts.get(host)?.records ?? new Map(),
    searchesExactly: (host) => accounts.get(host)?.settings.searchCase === 'exact',
  });
  const store = await openSharedStore(time, trace, (life, part, method, args, answer) => {
    owners.observe(life, part, method, args);
    if (part === 'records' && method === 'write') observeRecords(judge, args, answer);
  });
  const accounts = accountsOf(plan, time, random, judge, trace);
  const log = createEventLog({ time, random: childOf(random), trace, partitions: plan.partitions });
  const askedOf = ({ method, path, host }: Dispatch, body: JsonObject | null): void => {
    if (method === 'POST' && path.length === 1 && body !== null) facts.askedFor(host, body);
  };
  const companies = new Map(
    [...accounts.keys()].map((host) => [host, createCompanyServer(time, plan.parts?.company?.jobMs ?? 0)]),
  );
  const wire = createCrmWire({
    time,
    random: childOf(random),
    trace,
    accounts,
    companies,
    onDispatch(dispatch, body) {
      askedOf(dispatch, body);
      judge.dispatched(dispatch);
    },
    onAsked: askedOf,
    onUncertain(dispatch, body) {
      if (dispatch.method !== 'POST' || dispatch.path.length > 1) return;
      trace.count('ambiguous create');
      uncertainCreates.push(`${dispatch.host} ${markerText(body)}`);
    },
    // Who checks credentials looks at what is there, and not for what people changed.
    onShow: ({ host, method, path, apiKey, forWork }, answer) =>
      forWork
        ? showing(facts, accounts.get(host), {
            method,
            path,
            answer,
            user: userOf(apiKey),
            now: time.elapsed,
          })
        : () => undefined,
    onRefused({ host, path }) {
      if (path[0] === 'auth') refusedAt.add(host);
    },
  });
  const topic = createLetterTopic(time, trace);
  const parts: WorldParts = { plan, time, trace, random, store, log, wire, topic, judge, errors, sabotage };
  const crew = createCrew(parts);

  return {
    plan,
    time,
    trace,
    store,
    log,
    topic,
    wire,
    accounts,
    judge,
    errors,
    people: createPeopleAtWork({ accounts, facts, trace }),
    refusedAt,
    outages,
    uncertainCreates,
    relented: false,
    get processes() {
      return crew.living();
    },
    start: () => crew.start(),
    calm() {
      store.calm();
      wire.calm();
      topic.calm();
      crew.calm();
    },
    append(action) {
      if (action.do === 'event' && action.body !== null)
        specs.set(`${action.entityId}#${action.body.content}`, action.body);
      appendTo(log, time, trace, action);
    },
    sent({ kind, entityId, body }) {
      const marker =
        body === null
          ? null
          : markerOf(
              kind,
              vaultFields(body, () => null),
            );
      return marker === null ? null : (specs.get(`${entityId}#${marker.content}`) ?? null);
    },
    say(saying) {
      wire.say(saying);
      if (saying.to === 'all' && isFromProxy(saying.says)) outages.push(saying);
    },
  };
}

interface WorldParts {
  readonly plan: SimPlan;
  readonly time: SimTime;
  readonly trace: Trace;
  readonly random: Random;
  readonly store: SharedStore;
  readonly log: EventLog;
  readonly wire: CrmWire;
  readonly topic: LetterTopic;
  readonly judge: CrmJudge;
  readonly errors: string[];
  readonly sabotage: Sabotage;
}

/** A stream of chance of its own, so that one part's use does not move the others'. */
function childOf(random: Random): Random {
  return seededRandom(Math.floor(random.next() * 2 ** 32));
}

function observeRecords(judge: CrmJudge, args: readonly unknown[], answer: unknown): void {
  const refused = new Set(answer as string[]);
  const writes = args[0] as readonly {
    record: { key: string; revision: number; body: never; userId: string };
  }[];
  for (const { record } of writes) {
    if (!refused.has(record.key)) judge.accepted(record.key, record.revision, record.body, record.userId);
  }
}

function accountsOf(plan: SimPlan, time: SimTime, random: Random, judge: CrmJudge, trace: Trace) {
  const lag = childOf(random);
  const accounts = new Map<string, CrmAccount>();
  for (const { host } of plan.users) {
    if (accounts.has(host)) continue;
    const account = createCrmAccount({
      host,
      now: () => time.now(),
      random: childOf(random),
      inParts: plan.parts !== undefined,
      settings: { ...plan.modes, searchLagMs: Math.floor(lag.next() * plan.lagMs) },
      onWrite(write) {
        trace(`crm ${write.verb} ${host} ${write.record.id}`);
        trace.detail(() => `as it is now: ${JSON.stringify(write.record.fields)}`);
        judge.written(write);
      },
    });
    accounts.set(host, account);
  }
  return accounts;
}

interface Crew {
  start(): SimProcess;
  living(): readonly SimProcess[];
  /** Those that die now are not replaced by chance any more, and all that are frozen thaw. */
  calm(): void;
}

function connectorOf({ parts }: SimPlan): CrmConnector {
  const alone = parts === undefined ? simVault : simVaultInParts(parts);
  return parts?.company === undefined ? alone : inCompany(alone, parts.company);
}

/** The processes, and whoever starts another one when one is gone. */
function createCrew(parts: WorldParts): Crew {
  const { time, trace, random, store, log, wire, topic, errors, plan, sabotage } = parts;
  const hints = childOf(random);
  let crew: SimProcess[] = [];
  let started = 0;
  const living = (): SimProcess[] => crew.filter(({ life }) => !life.dead);

  const start = (): SimProcess => {
    const name = `p${++started}`;
    trace(`${name} starts`);
    const life = createProcessLife(name, { time, trace, random: childOf(random) });
    const own = childOf(random);
    const seen = store.seenBy(life, childOf(random));
    const process = startProcess({
      life,
      time,
      wire,
      connector: connectorOf(plan),
      random: own,
      retryDelaysMs: plan.retryDelaysMs,
      store: sabotage.wrapStore?.(seen, store.raw) ?? seen,
      log,
      topic: topic.seenBy(life),
      skewMs: Math.floor(own.next() * 400) - 200,
      publish(hint) {
        for (const other of living()) {
          if (other.life === life || hints.next() < LOST_HINTS) continue;
          time.after(hints.next() * 50, () => other.hear(hint));
        }
      },
      onError(event, error) {
        const line = `${name} ${event}: ${String(error)}`;
        trace(line);
        errors.push(line);
      },
      ...(sabotage.wrapIngest && { wrapIngest: sabotage.wrapIngest }),
      ...(sabotage.wrapOwnership && { wrapOwnership: sabotage.wrapOwnership }),
      ...(sabotage.wrapReplays && { wrapReplays: sabotage.wrapReplays }),
      ...(sabotage.wrapConnector && { wrapConnector: sabotage.wrapConnector }),
      ...(sabotage.wrapTransport && { wrapTransport: sabotage.wrapTransport }),
    });
    life.onChange(() => {
      if (!life.dead) return;
      crew = crew.filter((other) => other !== process);
      time.after(RESTART_MS, () => {
        if (living().length < plan.workers) start();
      });
    });
    crew.push(process);
    return process;
  };
  return {
    start,
    living,
    calm() {
      for (const { life } of living()) {
        life.spare();
        life.thaw();
      }
    },
  };
}

function appendTo(log: EventLog, time: SimTime, trace: Trace, action: LogAction): void {
  const { kind, entityId } = action;
  const message = log.append(kind, entityId, (place) => changeOf(action, place, time.now()));
  const what = action.do === 'event' ? `v${action.version} ${JSON.stringify(action.body)}` : action.do;
  trace(`log ${message.place.partition}/${message.place.offset} ${kind}/${entityId} ${what}`);
}

function changeOf(action: LogAction, place: LogPlace, now: number): Change | null {
  const { kind, entityId } = action;
  if (action.do === 'unreadable') return null;
  if (action.do === 'null_value') return { type: 'tombstone', kind, entityId, place };
  const { version, user: userId } = action;
  const body = action.body === null ? null : bodyOf(entityId, action.body);
  return {
    type: 'event',
    place,
    event: {
      kind,
      entityId,
      userId,
      version,
      body,
      accountId: null,
      origin: 'zena',
      causationId: null,
      eventId: `e-${place.partition}-${place.offset}`,
      occurredAt: now,
      operation: body === null ? 'DELETE' : 'UPSERT',
    },
  };
}
