import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { SHARD_COUNT, shardOf } from '../../src/domain/deciding/shard.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { RealTier } from '../../test/support/real-tier/real-tier.ts';
import { startPart, type Part } from '../harness/part.ts';
import type { ConnectInput, CorePartOptions, PublishInput } from '../parts/core.ts';
import type { Arrival, CrmContact, CrmOptions, CrmState } from '../parts/crm.ts';
import { contactFaults, lastingFaults } from './crm-stage.ts';
import { benchFingerprints } from '../support/bench-fingerprints.ts';
import { epochNow } from '../support/epoch-now.ts';
import { startFleet, type WorkerFleet } from './worker-fleet.ts';

/** A CRM for each budget, each with two users who share one account, and the workers that deliver to them. */
export interface BudgetStage {
  readonly pids: Readonly<Record<'workers' | 'crms', readonly number[]>>;
  /**
   * Keeps the contacts of each budget changing for so long that there is always more to do than it allows. `watch` begins when
   * calls come at all budgets' rates, and what it returned is asked at the end of that: what the last ones leave over is not in it.
   *
   * @param budgets those that are kept busy; the others rest
   */
  keepBusy<T>(ms: number, watch: () => () => T, budgets: readonly number[]): Promise<BusyTime<T>>;
  /** What the CRMs do not hold as they have to. */
  faults(): Promise<string[]>;
  close(): Promise<void>;
}

export interface BusyTime<T> {
  /** In the order of the budgets. */
  readonly calls: readonly BudgetCalls[];
  readonly watched: T;
}

/** What a budget's CRM saw meanwhile. */
export interface BudgetCalls {
  /** When each call came, ms, from when there was work for sure until there was no more. */
  readonly times: readonly number[];
  readonly overLimit: number;
}

export interface BudgetStageOptions {
  /** Requests a second. */
  readonly budgets: readonly number[];
  readonly crmMs: number;
  /** So long all work before their CRMs enforce their limits: what a cold program sends at odd times costs it nothing. */
  readonly warmUpMs: number;
  /** Null: one worker on the embedded store. */
  readonly fleet: { readonly tier: RealTier; readonly workers: number } | null;
}

const USERS = 2;
/** So many seconds of work are due after each change of all contacts, and more comes when this part of it is done. */
const [SECONDS_DUE, PART_DONE] = [2, 0.6];
/** From the first change until calls come at the budget's rate, ms. */
const RAMP_MS = 1_000;
const MAX_CONCURRENT = 16;
const PARTITIONS = 12;
/** Enough that each worker owns some of them. */
const API_KEYS = Array.from({ length: 60 }, (_, index) => `key-${index}`);

interface Lane {
  readonly budget: number;
  readonly crm: Part;
  readonly url: string;
  readonly contacts: number;
  version: number;
}

/** What the two kinds of workers have in common. */
interface Workers {
  readonly pids: readonly number[];
  keysFor(urls: readonly string[]): Promise<readonly string[]>;
  connect(inputs: readonly ConnectInput[]): Promise<void>;
  publish(inputs: readonly PublishInput[]): Promise<void>;
  /** Does what gives them work; meanwhile they are measured. */
  during<T>(work: () => Promise<T>): Promise<T>;
  errors(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openBudgetStage(options: BudgetStageOptions): Promise<BudgetStage> {
  const lanes = await Promise.all(options.budgets.map((budget) => openLane(budget, options.crmMs)));
  const limits = Object.fromEntries(lanes.map(({ budget }) => [providerOf(budget), budget]));
  const urls = lanes.map(({ url }) => url);
  const core = { limits, requestsPerSecond: 50, maxConcurrent: MAX_CONCURRENT };
  const workers = await (options.fleet === null
    ? startEmbedded({ ...core, crmHost: urls.map((url) => new URL(url).host).join(',') })
    : startOnServers(options.fleet.tier, options.fleet.workers, { ...core, crmUrls: urls }));
  const keys = await workers.keysFor(urls);
  await workers.connect(lanes.flatMap((lane, index) => connectionsOf(lane, keys[index] ?? '')));
  await Promise.all(lanes.map((lane) => keepBusy(lane, workers, options.warmUpMs)));
  await Promise.all(lanes.map(({ crm, budget }) => crm.ask('enforce', limitOf(budget))));
  return {
    pids: { workers: workers.pids, crms: lanes.map(({ crm }) => crm.pid) },
    async keepBusy(ms, watch, budgets) {
      const watching = watchWhileBusy(ms, watch);
      const busy = lanes.filter(({ budget }) => budgets.includes(budget));
      // Together, so that one that fails is seen at once.
      const [watched, ...calls] = await workers.during(() =>
        Promise.all([watching, ...busy.map((lane) => keepBusy(lane, workers, ms))]),
      );
      return { calls, watched };
    },
    async faults() {
      const found = await Promise.all(lanes.map(faultsOf));
      return [...found.flat(), ...(await workers.errors()).slice(0, 3)];
    },
    async close() {
      await workers.close();
      await Promise.all(lanes.map(({ crm }) => crm.close()));
    },
  };
}

async function openLane(budget: number, latencyMs: number): Promise<Lane> {
  const crm = await startPart('crm', { latencyMs, rateLimit: null, apiKeys: API_KEYS } satisfies CrmOptions);
  const { value: url } = await crm.ask<string>('url');
  return { budget, crm, url, contacts: budget * SECONDS_DUE, version: 0 };
}

const limitOf = (budget: number) => ({ requestsPerSecond: budget, burst: Math.max(2, budget / 10) });
const providerOf = (budget: number): string => `vault_${budget}`;
const userOf = ({ budget }: Lane, user: number): string => `user-${budget}-${user}`;

function connectionsOf(lane: Lane, apiKey: string): ConnectInput[] {
  const account = { apiKey, instanceUrl: lane.url, provider: providerOf(lane.budget) };
  return Array.from({ length: USERS }, (_, user) => ({ userId: userOf(lane, user), ...account }));
}

/** Entities are nobody else's: those of a budget begin where no smaller one's reach. */
function changesOf(lane: Lane): PublishInput[] {
  const { contacts, version } = lane;
  return Array.from({ length: USERS }, (_, user) => ({
    userId: userOf(lane, user),
    from: firstOf(lane) + (user * contacts) / USERS,
    to: firstOf(lane) + ((user + 1) * contacts) / USERS,
    versions: [version, version] as const,
  }));
}

const firstOf = ({ budget }: Lane): number => budget * 1_000;

async function watchWhileBusy<T>(ms: number, watch: () => () => T): Promise<T> {
  await systemClock.sleep(RAMP_MS);
  const ended = watch();
  await systemClock.sleep(ms - RAMP_MS);
  return ended();
}

async function keepBusy(lane: Lane, workers: Workers, ms: number): Promise<BudgetCalls> {
  const { crm, contacts } = lane;
  const refused = async (): Promise<number> => (await crm.ask<CrmState>('state')).value.overLimit;
  const before = await refused();
  await crm.ask('arrivals');
  const until = performance.now() + ms;
  const from = epochNow() + RAMP_MS;
  while (performance.now() < until) {
    lane.version += 1;
    await workers.publish(changesOf(lane));
    await crm.ask('written', Math.floor(contacts * PART_DONE));
  }
  const to = epochNow();
  await lastingFaults(() => faultsOf(lane));
  const { value: arrivals } = await crm.ask<Arrival[]>('arrivals');
  const times = arrivals.map(({ at }) => at).filter((at) => at >= from && at <= to);
  return { times, overLimit: (await refused()) - before };
}

async function faultsOf(lane: Lane): Promise<string[]> {
  const { value: held } = await lane.crm.ask<CrmContact[]>('contacts');
  const found = contactFaults(held, lane.contacts, () => lane.version, { first: firstOf(lane) });
  return found.map((fault) => `${lane.budget}/s: ${fault}`);
}

async function startEmbedded(options: CorePartOptions): Promise<Workers> {
  const core = await startPart('core', options);
  return {
    pids: [core.pid],
    keysFor: (urls) => Promise.resolve(urls.map((_, index) => API_KEYS[index] ?? '')),
    connect: async (inputs) => void (await core.ask('connect-all', inputs)),
    publish: async (inputs) => {
      for (const input of inputs) await core.ask('publish', input);
    },
    during: (work) => work(),
    errors: async () => (await core.ask<string[]>('errors')).value,
    close: () => core.close(),
  };
}

async function startOnServers(
  tier: RealTier,
  count: number,
  options: Omit<Parameters<typeof startFleet>[1], 'partitions'>,
): Promise<Workers> {
  const fleet = await startFleet(tier, { ...options, partitions: PARTITIONS });
  await fleet.resize(count);
  return { ...fleet, pids: fleet.workers.map(({ pid }) => pid), keysFor: (urls) => spreadKeys(fleet, urls) };
}

/** Keys whose budgets are with different workers, as far as there are so many. */
async function spreadKeys(fleet: WorkerFleet, urls: readonly string[]): Promise<string[]> {
  const { workers, leases } = await fleet.ownership();
  const { budgetKey } = mriVault.account;
  const owners = new Map(leases.map(({ shard, owner }) => [shard, owner]));
  return urls.map((instanceUrl, index) => {
    const wanted = workers[index % workers.length]?.workerId;
    const ofWanted = API_KEYS.find(
      (apiKey) =>
        owners.get(shardOf(budgetKey({ apiKey, instanceUrl }, benchFingerprints.of), SHARD_COUNT)) === wanted,
    );
    if (ofWanted === undefined) throw new Error('One of the workers owns none of the budgets.');
    return ofWanted;
  });
}
