import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../../src/domain/json.ts';
import type { BackingServer, BackingServers } from './stage/backing-servers.ts';
import { COLLECTIONS, identityOf } from './model/crm-model.ts';
import type { CrmProcess } from './stage/crm-process.ts';
import type { EventProducer } from './model/event-producer.ts';
import type { Fault, FaultKind } from './fault-schedule.ts';
import type { OfficeLoad } from './model/office-load.ts';
import type { WorkerPool } from './stage/worker-pool.ts';

export interface ChaosParts {
  readonly servers: BackingServers;
  readonly workers: WorkerPool;
  readonly crms: readonly CrmProcess[];
  readonly crmOf: (userId: string) => CrmProcess;
  readonly load: OfficeLoad;
  readonly producer: EventProducer;
  /** Something is not as it must be: an orderly end that was none. */
  readonly complain: (what: string) => void;
}

/** What the CRM does wrong, as its control API takes it. */
const CRM_RULES: Readonly<Partial<Record<FaultKind, readonly Json[]>>> = {
  'crm-5xx': [
    { fault: { kind: 'status', status: 503 }, probability: 0.5 },
    {
      fault: { kind: 'status', status: 500, afterCommit: true },
      probability: 0.5,
      match: { method: 'POST' },
    },
  ],
  'crm-timeout-after-commit': [
    { fault: { kind: 'timeoutAfterCommit' }, probability: 0.6, match: { method: 'POST' } },
    { fault: { kind: 'timeoutAfterCommit' }, probability: 0.2, match: { method: 'PUT' } },
  ],
  'crm-rate-limit': [
    { fault: { kind: 'status', status: 429, headers: { 'retry-after': '2' } }, probability: 0.6 },
  ],
  'crm-truncated': [{ fault: { kind: 'truncatedJson' }, probability: 0.5 }],
  'crm-html': [{ fault: { kind: 'htmlWith200', afterCommit: true }, probability: 0.5 }],
  'crm-slow': [
    { fault: { kind: 'latency', ms: 2_000 }, probability: 0.5 },
    { fault: { kind: 'latency', ms: 1_500, when: 'after' }, probability: 0.5 },
  ],
  'crm-reset': [
    { fault: { kind: 'resetAfterCommit' }, probability: 0.4 },
    { fault: { kind: 'resetBeforeCommit' }, probability: 0.4 },
  ],
};

const PEOPLE_DELETE = 3;
const LOOK_AGAIN_MS = 500;
const MOST_LOOKS = 20;
const HOT_CHANGES = 200;

/** Does what the fault says, to real processes. Resolves when it is over: what was ended serves again, what was wrong is right. */
export async function injectFault({ kind, target, forMs }: Fault, parts: ChaosParts): Promise<void> {
  const { servers, workers, crms, load, producer } = parts;
  const crm = crms[target % crms.length] as CrmProcess;
  switch (kind) {
    case 'worker-kill':
      return workers.kill(target, forMs);
    case 'worker-freeze':
      return workers.freeze(target, forMs);
    case 'worker-stop':
      return expectOrderly(await workers.stop(target, forMs), parts);
    case 'worker-added':
      return expectOrderly(await workers.lend(forMs), parts);
    case 'broker-kill':
      return killed(servers.broker, forMs);
    case 'store-kill':
      return killed(servers.store, forMs);
    case 'registry-kill':
      return killed(servers.registry, forMs);
    case 'broker-freeze':
      return frozen(servers.broker, forMs);
    case 'store-freeze':
      return frozen(servers.store, forMs);
    case 'crm-freeze':
      crm.process.signal('SIGSTOP');
      await sleep(forMs);
      return crm.process.signal('SIGCONT');
    case 'people-delete':
      return peopleDelete(parts);
    case 'poison-burst':
      return producer.send(load.poisonBurst());
    case 'hot-record':
      return producer.send(load.hotRecord(HOT_CHANGES));
    default:
      for (const rule of CRM_RULES[kind] ?? []) await crm.misbehave(rule);
      await sleep(forMs);
      return crm.behave();
  }
}

function expectOrderly(code: number | null, { complain }: ChaosParts): void {
  if (code !== 0) complain(`a worker that was asked to stop ended with ${code ?? 'a signal'}`);
}

async function killed(server: BackingServer, forMs: number): Promise<void> {
  await server.kill();
  await sleep(forMs);
  await server.start();
}

async function frozen(server: BackingServer, forMs: number): Promise<void> {
  server.freeze();
  await sleep(forMs);
  server.thaw();
}

/**
 * The CRM's people delete some records; then those change in Zena, since nothing else would tell that they are gone. Where the workers are behind, they
 * wait a while for what they are to delete.
 */
async function peopleDelete({ load, producer, crmOf }: ChaosParts): Promise<void> {
  let looks = 0;
  for (const { identity, kind, userId, again } of load.deletable(PEOPLE_DELETE)) {
    const crm = crmOf(userId);
    const find = async () => (await crm.records())[kind].find((held) => identityOf(kind, held) === identity);
    let found = await find();
    for (; found === undefined && looks < MOST_LOOKS; looks += 1) {
      await sleep(LOOK_AGAIN_MS);
      found = await find();
    }
    const deleted = found !== undefined && (await crm.deleteRecord(COLLECTIONS[kind], found.id));
    producer.send([again(deleted)]);
  }
}
