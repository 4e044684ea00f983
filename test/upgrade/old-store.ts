import { randomBytes } from 'node:crypto';
import type { VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { startProgram, type ProgramProcess } from '../chaos/stage/program-process.ts';
import { withDatabase } from '../support/real-tier/real-tier.ts';
import { createTopics } from '../support/real-tier/topics.ts';
import { eventually } from '../support/running-service.ts';
import { COLLECTIONS, differences, type CrmRecords } from './office.ts';
import {
  AGENT,
  API_KEYS,
  IN_CRM_BEFORE,
  IN_THE_AIR,
  JUST_TAKEN,
  PAUSED,
  REFUSED,
  SETTLED,
  SUPERSEDED,
  WAITING,
} from './old-office.ts';
import { leaveForms, leaveFormsInTheAir, seedForms } from './leave-forms.ts';
import { programApi, type ProgramApi } from './program-api.ts';
import { sendIntoTheAir } from './in-the-air.ts';
import { FORMS } from './old-forms.ts';

/** What a program is started with; the same for the old and the new one. */
export type ProgramEnv = Readonly<Record<string, string>> & { readonly JWT_SECRET: string };

export interface ServersOfStore {
  readonly brokers: readonly string[];
  /** Names no database. */
  readonly mongodbUrl: string;
  /** Of the database, the topics and the group; new for every store. */
  readonly name: string;
}

const START_WITHIN_MS = 60_000;
const SETTLED_WITHIN_MS = 60_000;

/** For a store in a folder. */
export function embeddedEnv(dataDir: string, crmUrl: string): ProgramEnv {
  return { ...commonEnv(crmUrl), MODE: 'embedded', DATA_DIR: dataDir };
}

/** For a store on a MongoDB server; makes the topics. */
export async function serversEnv(servers: ServersOfStore, crmUrl: string): Promise<ProgramEnv> {
  const { brokers, mongodbUrl, name } = servers;
  const topics = {
    TOPIC_CONTACTS: `${name}.contacts`,
    TOPIC_PROPERTIES: `${name}.properties`,
    TOPIC_DEALS: `${name}.deals`,
    TOPIC_DEAD_LETTERS: `${name}.dead-letters`,
    TOPIC_WORK: `${name}.work`,
  };
  await createTopics(
    [...brokers],
    Object.values(topics).map((topic) => ({ topic, numPartitions: topic === topics.TOPIC_WORK ? 1 : 4 })),
  );
  return {
    ...commonEnv(crmUrl),
    ...topics,
    MODE: 'servers',
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_GROUP_ID: name,
    MONGODB_URL: withDatabase(mongodbUrl, name),
  };
}

function commonEnv(crmUrl: string): ProgramEnv {
  return {
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    JWT_SECRET: randomBytes(32).toString('hex'),
    ALLOWED_INSTANCE_HOSTS: new URL(crmUrl).host,
    RETRY_DELAYS: '1s,1s,1s,1s,1s',
    PORT: '0',
  };
}

export interface RunningProgram {
  readonly process: ProgramProcess;
  readonly api: ProgramApi;
}

/** `program`: the folder of a commit's tree. What it says on stderr is added to `logFile`. */
export async function runProgramOf(
  program: string,
  env: ProgramEnv,
  logFile: string,
  provider?: string,
): Promise<RunningProgram> {
  const started = await startProgram({
    program,
    args: ['start'],
    env,
    logFile,
    startWithinMs: START_WITHIN_MS,
  });
  return { process: started, api: programApi(started.url, env.JWT_SECRET, provider) };
}

export function recordsOf(sandbox: Pick<VaultSandbox, 'records'>): CrmRecords {
  return {
    contact: sandbox.records(COLLECTIONS.contact),
    property: sandbox.records(COLLECTIONS.property),
    deal: sandbox.records(COLLECTIONS.deal),
  };
}

/**
 * Fills an empty store by a program of another commit, and kills that in the middle of its work: see `old-office.ts` for what is left.
 * The sandbox, which has the keys of `API_KEYS`, outlives it. Rejects where the program does not do what it should.
 */
export async function makeOldStore(
  program: string,
  env: ProgramEnv,
  sandbox: VaultSandbox,
  logFile: string,
): Promise<void> {
  for (const collection of ['contacts', 'properties'] as const) {
    sandbox.seed(collection, IN_CRM_BEFORE[collection]);
  }
  seedForms(sandbox);
  const { process: old, api } = await runProgramOf(program, env, logFile);
  try {
    for (const [userId, apiKey] of Object.entries(API_KEYS))
      await api.connect(userId, { apiKey, instanceUrl: sandbox.url });
    for (const [index, events] of SETTLED.entries()) {
      await api.publish(events);
      await settled(api, sandbox, index);
    }
    await leaveForms(api, sandbox);
    await leaveDeadLetter(api, sandbox);
    await api.pause(PAUSED);
    await api.publish(WAITING);
    for (const each of IN_THE_AIR) await sendIntoTheAir(api, sandbox, each);
    await leaveFormsInTheAir(api, sandbox);
    await api.publish(JUST_TAKEN);
    // Of the office that has no dead letter: a full sync tries that again.
    await api.beginSync(FORMS);
  } finally {
    await old.end('SIGKILL', 1_000);
    sandbox.stopMisbehaving();
  }
}

async function settled(api: ProgramApi, sandbox: VaultSandbox, index: number): Promise<void> {
  const events = SETTLED.slice(0, index + 1).flat();
  await eventually(async () => {
    const differing = differences(events, recordsOf(sandbox), index === 0 ? new Set() : SUPERSEDED);
    if (differing.length > 0) throw new Error(`The CRM is not as told: ${differing.join('; ')}`);
    for (const userId of [AGENT, PAUSED]) {
      if (!(await api.isQuiet(userId))) throw new Error(`${userId} still has work`);
    }
  }, SETTLED_WITHIN_MS);
}

async function leaveDeadLetter(api: ProgramApi, sandbox: VaultSandbox): Promise<void> {
  const rule = sandbox.misbehave({
    match: { method: 'POST', path: `/${COLLECTIONS[REFUSED.kind]}` },
    times: 1,
    fault: { kind: 'status', status: 422, body: { message: 'address is not valid' } },
  });
  await api.publish([REFUSED]);
  await eventually(async () => {
    const dead = await api.deadEntities();
    if (dead.join() !== REFUSED.entityId) throw new Error(`Dead letters: ${dead.join()}`);
  });
  rule.remove();
}
