import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOutCommit, type CommitTree } from '../support/commit-tree.ts';
import { COMMIT_BEFORE_OF_CRMS } from './commit-before.ts';
import { openFollowUpBoss, openVaultre, type OfficeCrm } from './crm-offices.ts';
import { makeCrmStore, openCrmStore, type CrmOpened } from './crm-store.ts';
import { embeddedEnv } from './old-store.ts';

const OFFICES = { 'Follow Up Boss': openFollowUpBoss, VaultRE: openVaultre } as const;
type Name = keyof typeof OFFICES;
const NAMES = Object.keys(OFFICES) as Name[];

let folder = '';
let tree: CommitTree | undefined;
const crms: OfficeCrm[] = [];
/** Side by side, since each mostly waits until what a killed program sent can have no effect any more. */
const going = new Map<Name, Promise<CrmOpened>>();

async function upgrade(old: CommitTree, name: Name): Promise<CrmOpened> {
  const crm = await OFFICES[name]();
  crms.push(crm);
  const url = Object.values(crm.env).find((value) => value.startsWith('http')) ?? '';
  const env = { ...embeddedEnv(join(folder, name), url), ...crm.env };
  await makeCrmStore(old.path, env, crm, join(folder, `${name}-old.log`));
  return openCrmStore(env, crm, join(folder, `${name}-new.log`));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zena-crm-upgrade-'));
  const old = await checkOutCommit(COMMIT_BEFORE_OF_CRMS);
  tree = old;
  for (const name of NAMES) going.set(name, upgrade(old, name));
  await Promise.allSettled(going.values());
}, 420_000);

afterAll(async () => {
  for (const crm of crms) await crm.close();
  await tree?.remove();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

describe.each(NAMES)('a store of the commit before, of %s', (name) => {
  it('converges with nothing doubled, what was in the air when its program was killed included', async () => {
    expect(await going.get(name)).toMatchObject({ differing: [], differingAfterwards: [] });
  });

  it('writes nothing where nothing differs', async () => {
    expect(await going.get(name)).toMatchObject({
      needless: [],
      writesOfSync: [],
      sync: { status: 'completed', created: 0, updated: 0, deleted: 0, failed: 0, retrying: 0 },
    });
  });
});
