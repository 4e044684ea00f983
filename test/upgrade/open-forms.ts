import { MongoClient, type Db } from 'mongodb';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { textHash } from '../../src/domain/content-hash.ts';
import type { JournalEntry } from '../../src/sandbox/kit/journal/journal.ts';
import type { VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { eventually } from '../support/running-service.ts';
import { nameIn, type CrmRecord } from './office.ts';
import {
  FORMS,
  FORMS_AFTERWARDS,
  FORMS_EXPECTED,
  FORMS_NOT_THERE,
  GONE,
  OF_KIN,
  THEIR_PROPERTY,
  THEIR_VENDOR,
} from './old-forms.ts';
import { API_KEYS, PAUSED } from './old-office.ts';
import { recordsOf, type ProgramEnv } from './old-store.ts';
import type { ProgramApi } from './program-api.ts';

/** What became of values in forms of before, of what people had in the CRM beside them, and of who had disconnected. */
export interface FormsOpened {
  /** How the CRM differs from what is right. */
  readonly differing: readonly string[];
  /** What a full sync writes of those who had disconnected, and connected again. */
  readonly writesOfGone: readonly string[];
  readonly preview: Readonly<Record<string, unknown>>;
  /** Whose API keys stand in the store as a bare hash. */
  readonly bareHashes: readonly string[];
}

const QUIET_WITHIN_MS = 60_000;
/** Keys are looked after once a minute. */
const RENEWED_WITHIN_MS = 75_000;

export async function openForms(
  api: ProgramApi,
  sandbox: VaultSandbox,
  env: ProgramEnv,
  writesOf: (work: () => Promise<unknown>) => Promise<readonly JournalEntry[]>,
): Promise<FormsOpened> {
  await api.publish(FORMS_AFTERWARDS);
  await kinProven(env);
  await api.publish(OF_KIN(PAUSED));
  await quiet(api, [FORMS, PAUSED]);
  await api.sync(FORMS);
  await api.connect(GONE, { apiKey: API_KEYS[GONE] ?? '', instanceUrl: sandbox.url });
  const writes = await writesOf(() => api.sync(GONE));
  return {
    differing: formsDiffering(sandbox),
    writesOfGone: writes.map(({ method, path }) => `${method} ${path}`),
    preview: await api.preview(FORMS),
    bareHashes: await bareHashesLeft(env),
  };
}

export async function quiet(api: ProgramApi, userIds: readonly string[]): Promise<void> {
  await eventually(async () => {
    for (const userId of userIds)
      if (!(await api.isQuiet(userId))) throw new Error(`${userId} still has work`);
  }, QUIET_WITHIN_MS);
}

function formsDiffering(sandbox: VaultSandbox): string[] {
  const held = new Map<string, CrmRecord[]>();
  const records = recordsOf(sandbox);
  for (const kind of ['contact', 'property', 'deal'] as const) {
    for (const record of records[kind]) {
      const name = nameIn(kind, record);
      held.set(name, [...(held.get(name) ?? []), record]);
    }
  }
  const wrong = Object.entries(FORMS_EXPECTED).flatMap(([name, fields]) => {
    const copies = held.get(name) ?? [];
    if (copies.length !== 1) return [`${name} is there ${String(copies.length)} times`];
    return Object.entries(fields)
      .filter(([field, value]) => JSON.stringify(copies[0]?.[field] ?? null) !== JSON.stringify(value))
      .map(([field]) => `${name} differs in ${field}: ${JSON.stringify(copies[0]?.[field])}`);
  });
  const vendor = sandbox.records('contacts').find(({ firstName }) => firstName === THEIR_VENDOR)?.id;
  const vendors = held.get(`property ${THEIR_PROPERTY}`)?.[0]?.['vendors'];
  if (JSON.stringify(vendors) !== JSON.stringify([vendor])) wrong.push(`${THEIR_PROPERTY} lost a vendor`);
  return [...wrong, ...FORMS_NOT_THERE.filter((name) => held.has(name)).map((name) => `${name} is there`)];
}

/** Nothing is shared between connections before it is proven that they are of one account. */
async function kinProven(env: ProgramEnv): Promise<void> {
  await eventually(async () => {
    const accounts = await (env['MONGODB_URL'] === undefined
      ? accountsInFile(env)
      : inDatabase(env['MONGODB_URL'], (database) => database.collection('accounts').distinct('_id')));
    if (accounts.length < 3) throw new Error(`${String(accounts.length)} connections are proven`);
  }, QUIET_WITHIN_MS);
}

/** Read from a copy, since the program holds the file. */
async function accountsInFile(env: ProgramEnv): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-copy-'));
  try {
    await cp(env['DATA_DIR'] ?? '', folder, { recursive: true });
    const database = new DatabaseSync(join(folder, 'zena-crm.sqlite'));
    const rows = database.prepare('SELECT scope FROM accounts').all();
    database.close();
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function bareHashesLeft(env: ProgramEnv): Promise<string[]> {
  let left: string[] = [];
  await eventually(async () => {
    left = await bareHashes(env);
    if (left.length > 0) throw new Error(`Bare hashes of ${left.join()}`);
  }, RENEWED_WITHIN_MS).catch(() => undefined);
  return left;
}

/** Whose keys' hashes stand in a store, as the program of before kept them. */
export async function bareHashes(env: ProgramEnv): Promise<string[]> {
  const text = env['MONGODB_URL'] === undefined ? await filesOf(env) : await documentsOf(env['MONGODB_URL']);
  return Object.entries(API_KEYS)
    .filter(([, apiKey]) => text.includes(textHash(apiKey).slice(0, 16)))
    .map(([userId]) => userId);
}

async function filesOf(env: ProgramEnv): Promise<string> {
  const folder = env['DATA_DIR'] ?? '';
  const names = await readdir(folder);
  const texts = await Promise.all(
    names.map((name) => readFile(join(folder, name), 'latin1').catch(() => '')),
  );
  return texts.join('\n');
}

function documentsOf(url: string): Promise<string> {
  return inDatabase(url, async (database) => {
    const collections = await database.listCollections({}, { nameOnly: true }).toArray();
    const all = await Promise.all(collections.map(({ name }) => database.collection(name).find().toArray()));
    return JSON.stringify(all);
  });
}

async function inDatabase<T>(url: string, work: (database: Db) => Promise<T>): Promise<T> {
  const client = await MongoClient.connect(url);
  try {
    return await work(client.db());
  } finally {
    await client.close();
  }
}
