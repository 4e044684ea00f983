import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVaultSandbox, type VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { checkOutCommit, type CommitTree } from '../support/commit-tree.ts';
import { realTier } from '../support/real-tier/real-tier.ts';
import { COMMIT_BEFORE } from './commit-before.ts';
import { apiKeyOf, MIXED_USERS, runMixedWorkers, type Mixed } from './mixed-workers.ts';
import { API_KEYS, REFUSED } from './old-office.ts';
import { embeddedEnv, makeOldStore, runProgramOf, serversEnv, type ProgramEnv } from './old-store.ts';
import { openWithNew, type Opened } from './open-with-new.ts';

const run = `upgrade${Date.now().toString(36)}`;
const sandboxes: VaultSandbox[] = [];
let tree: CommitTree | undefined;
let folder = '';
/** Side by side, since each mostly waits until what a killed program sent can have no effect any more. */
let going: {
  readonly embedded: Promise<Opened & { readonly refused: string | null }>;
  readonly servers: Promise<Opened>;
  readonly mixed: Promise<Mixed>;
};

async function openCrm(apiKeys: readonly string[]): Promise<VaultSandbox> {
  const sandbox = await startVaultSandbox({ apiKeys });
  sandboxes.push(sandbox);
  return sandbox;
}

async function upgrade(
  old: CommitTree,
  name: string,
  envOf: (crmUrl: string) => ProgramEnv | Promise<ProgramEnv>,
): Promise<Opened & { readonly refused: string | null }> {
  const sandbox = await openCrm(Object.values(API_KEYS));
  const env = await envOf(sandbox.url);
  await makeOldStore(old.path, env, sandbox, join(folder, `${name}-old.log`));
  const opened = await openWithNew(env, sandbox, join(folder, `${name}-new.log`));
  const again = join(folder, `${name}-again.log`);
  // On servers both work together.
  const refused = env['MODE'] === 'embedded' ? await refusalOf(old, env, again) : null;
  return { ...opened, refused };
}

/** What the program of before says to a store that this one has opened. */
async function refusalOf(old: CommitTree, env: ProgramEnv, logFile: string): Promise<string> {
  const started = await runProgramOf(old.path, env, logFile).catch(() => null);
  await started?.process.end('SIGTERM', 5_000);
  return started === null ? await readFile(logFile, 'utf8') : 'It started.';
}

async function mix(old: CommitTree, envOf: (crmUrl: string) => Promise<ProgramEnv>): Promise<Mixed> {
  const sandbox = await openCrm(MIXED_USERS.map(apiKeyOf));
  const logs = { old: join(folder, 'mixed-old.log'), new: join(folder, 'mixed-new.log') };
  return runMixedWorkers(old.path, await envOf(sandbox.url), sandbox, logs);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zena-crm-upgrade-'));
  const old = await checkOutCommit(COMMIT_BEFORE);
  tree = old;
  const { kafkaBrokers: brokers, mongodbUrl } = realTier();
  const onServers = (name: string) => (crmUrl: string) =>
    serversEnv({ brokers, mongodbUrl, name: `${run}${name}` }, crmUrl);
  going = {
    embedded: upgrade(old, 'embedded', (crmUrl) => embeddedEnv(join(folder, 'data'), crmUrl)),
    servers: upgrade(old, 'servers', onServers('alone')),
    mixed: mix(old, onServers('mixed')),
  };
  await Promise.allSettled(Object.values(going));
}, 420_000);

afterAll(async () => {
  for (const sandbox of sandboxes) await sandbox.close();
  await tree?.remove();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

describe.each(['embedded', 'servers'] as const)('a store of the commit before (%s)', (name) => {
  it('opens and converges, with creates in the air when its program was killed', async () => {
    expect((await going[name]).differing).toEqual([]);
  });

  it('makes nothing in the CRM a second time', async () => {
    expect((await going[name]).doubled).toEqual([]);
  });

  it('writes nothing where nothing differs', async () => {
    expect((await going[name]).needless).toEqual([]);
    expect((await going[name]).writesOfSyncs).toEqual([]);
    const nothing = { status: 'completed', created: 0, updated: 0, deleted: 0, failed: 0, retrying: 0 };
    for (const sync of (await going[name]).syncs) expect(sync).toMatchObject(nothing);
  });

  it('keeps its dead letter, which can be tried again', async () => {
    expect((await going[name]).dead).toEqual([REFUSED.entityId]);
    expect((await going[name]).differingAfterwards).toEqual([]);
  });

  it('ends the run that was under way', async () => {
    expect((await going[name]).runs).toEqual(['completed']);
  });

  it('writes values of before in the present form, keeps what people have, and finds what is one by both forms', async () => {
    expect((await going[name]).forms.differing).toEqual([]);
  });

  it('knows what is to be done, and does nothing for whoever connects again', async () => {
    const nothing = { wouldCreateOrAdopt: 0, wouldUpdate: 0, wouldDelete: 0, wouldWait: 0, wouldFail: 0 };
    expect((await going[name]).forms.preview).toMatchObject(nothing);
    expect((await going[name]).forms.writesOfGone).toEqual([]);
  });

  it('keeps no bare hash of an API key', async () => {
    expect((await going[name]).forms.bareHashes).toEqual([]);
  });

  it('takes one request for each change that comes after', async () => {
    expect((await going[name]).writesAfterwards).toEqual({ PUT: 7, DELETE: 1 });
  });
});

describe('a store in a file that the present program has opened', () => {
  it('is refused by the program of before, which says why', async () => {
    expect((await going.embedded).refused).toMatch(/newer version/);
  });
});

describe('workers of the commit before and of this one on the same servers', () => {
  it('share the budgets, also after one was killed and came back', async () => {
    const { shards } = await going.mixed;
    expect(shards).toEqual([
      [expect.any(Number), expect.any(Number)],
      [256],
      [expect.any(Number), expect.any(Number)],
    ]);
  });

  it('bring every change to the CRM, each entity once', async () => {
    expect((await going.mixed).differing).toEqual([]);
    expect((await going.mixed).doubled).toEqual([]);
  });

  it('write nothing where nothing differs', async () => {
    expect((await going.mixed).writesOfSyncs).toBe(0);
  });
});
