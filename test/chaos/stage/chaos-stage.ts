import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EntityKind } from '../../../src/domain/entity.ts';
import {
  loadChangeSchemas,
  subjectOf,
  type ChangeTopics,
} from '../../../src/change-feed/schemas/change-schemas.ts';
import { registerSchemas } from '../../../src/change-feed/schemas/register-schemas.ts';
import { createSubjectRegistry } from '../../../src/change-feed/schemas/subject-registry.ts';
import { childEnvironment } from '../../cli/child-environment.ts';
import { withDatabase } from '../../support/real-tier/real-tier.ts';
import { startBackingServers, type BackingServers } from './backing-servers.ts';
import { startCrm, type CrmProcess } from './crm-process.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';
import { createWorkerFigures, type WorkerFigures } from './worker-figures.ts';
import { startWorkers, type WorkerPool } from './worker-pool.ts';
import type { ProgramProcess } from './program-process.ts';

export interface StageOptions {
  /** The folder of the program under test. */
  readonly program: string;
  readonly workers: number;
  readonly crms: number;
  readonly users: number;
  readonly logLevel: 'info' | 'debug';
}

/** Every process of a run, and what is needed to talk to them. */
export interface ChaosStage {
  readonly servers: BackingServers;
  readonly workers: WorkerPool;
  readonly crms: readonly CrmProcess[];
  /** `user-1`, `user-2`, … */
  readonly userIds: readonly string[];
  readonly crmOf: (userId: string) => CrmProcess;
  readonly topics: ChangeTopics;
  readonly deadLetterTopic: string;
  readonly schemaIds: Readonly<Record<EntityKind, number>>;
  readonly service: ServiceClient;
  readonly figures: WorkerFigures;
  readonly secrets: readonly string[];
  readonly logFolder: string;
  /** Ends every process. The logs stay where they are if they are wanted. */
  close(keepLogs: boolean): Promise<void>;
}

const TOPICS: ChangeTopics = {
  contact: 'zena.contact.changes',
  property: 'zena.property.changes',
  deal: 'zena.deal.changes',
};
const DEAD_LETTER_TOPIC = 'zena.crm-sync.dead-letters';
/** Short steps, so that a run sees many of them, and enough of them that no fault outlasts them. */
const RETRY_DELAYS = '1s,2s,3s,5s,5s,5s,10s,10s,10s,10s,10s,10s,10s,10s,10s';

const run = promisify(execFile);

/** Starts servers, CRMs and workers, makes topics and schemas, and connects the users. Ends everything again if that fails. */
export async function openStage(options: StageOptions): Promise<ChaosStage> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-chaos-'));
  const logFolder = join(folder, 'logs');
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (keepLogs: boolean): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
    await rm(keepLogs ? join(folder, 'data') : folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await mkdir(logFolder);
    return { ...(await fill(options, join(folder, 'data'), logFolder, closing)), logFolder, close };
  } catch (error) {
    await close(true);
    throw new Error(`The run could not begin; its logs are in ${logFolder}.`, { cause: error });
  }
}

async function fill(
  { program, workers: size, crms: crmCount, users, logLevel }: StageOptions,
  dataFolder: string,
  logFolder: string,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<ChaosStage, 'logFolder' | 'close'>> {
  await mkdir(dataFolder);
  const servers = await startBackingServers(dataFolder);
  closing.push(servers.stop);
  const crms: CrmProcess[] = [];
  closing.push(() => Promise.all(crms.map(({ process }) => process.end('SIGKILL', 1_000))));
  for (let n = 1; n <= crmCount; n += 1) {
    const apiKey = `canary-api-key-${n}-${randomBytes(12).toString('hex')}`;
    crms.push(await startCrm({ program, apiKey, logFile: join(logFolder, `crm-${n}.log`) }));
  }
  const secrets = {
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    JWT_SECRET: randomBytes(32).toString('hex'),
  };
  const env = { ...environment(servers, crms, logLevel), ...secrets };
  await run(process.execPath, [join(program, 'bin', 'zena-crm.js'), 'topics', 'create'], {
    env: { ...childEnvironment(), ...env },
  });
  const schemaIds = await registered(servers.registryUrl);
  const figures = createWorkerFigures();
  const workers = await startWorkers({ program, size, env, logFolder, onStart: () => undefined });
  closing.push(workers.close);
  const service = createServiceClient(secrets.JWT_SECRET, workers.living);
  const userIds = Array.from({ length: users }, (_, index) => `user-${index + 1}`);
  const crmOf = (userId: string): CrmProcess => crms[userIds.indexOf(userId) % crms.length] as CrmProcess;
  for (const userId of userIds) {
    const { apiKey, url } = crmOf(userId);
    await service.connect(userId, { apiKey, instanceUrl: url });
  }
  return {
    servers,
    workers,
    crms,
    userIds,
    crmOf,
    schemaIds,
    service,
    figures,
    topics: TOPICS,
    deadLetterTopic: DEAD_LETTER_TOPIC,
    secrets: [...Object.values(secrets), ...crms.map(({ apiKey }) => apiKey)],
  };
}

function environment(
  { brokers, registryUrl, mongodbUrl }: BackingServers,
  crms: readonly CrmProcess[],
  logLevel: StageOptions['logLevel'],
): Record<string, string> {
  return {
    MODE: 'servers',
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: registryUrl,
    MONGODB_URL: withDatabase(mongodbUrl, 'chaos'),
    ALLOWED_INSTANCE_HOSTS: crms.map(({ url }) => new URL(url).host).join(','),
    PORT: '0',
    RETRY_DELAYS,
    LOG_LEVEL: logLevel,
  };
}

async function registered(url: string): Promise<Record<EntityKind, number>> {
  const registry = createSubjectRegistry({ url, auth: null });
  const report = await registerSchemas({ registry, schemas: loadChangeSchemas(), topics: TOPICS });
  if (!report.ok) throw new Error(report.message);
  const idOf = (kind: EntityKind): number => {
    const found = report.subjects.find(({ subject }) => subject === subjectOf(TOPICS[kind]));
    if (found === undefined) throw new Error(`The schema of ${kind} was not registered.`);
    return found.schemaId;
  };
  return { contact: idOf('contact'), property: idOf('property'), deal: idOf('deal') };
}

/** Notes what the workers' metrics say, every second, until `open` says no. */
export async function watchFigures(stage: ChaosStage, open: () => boolean): Promise<void> {
  while (open()) {
    await Promise.all(stage.workers.living().map((worker) => takeFigures(stage, worker)));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function takeFigures({ service, figures }: ChaosStage, worker: ProgramProcess): Promise<void> {
  const text = await service.metrics(worker);
  if (text !== null) figures.take(worker, text);
}
