import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startVaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { checkOutCommit } from '../support/commit-tree.ts';
import { COMMIT_BEFORE } from './commit-before.ts';
import { API_KEYS, FED } from './old-office.ts';
import { embeddedEnv, makeOldStore, recordsOf, serversEnv, type ProgramEnv } from './old-store.ts';

const USAGE = `npm run old-store -- --to DIR [options]

  --to DIR         where the store is made (an empty folder), with old-store.json, which says what was fed, what the CRM
                   holds and what the program was started with; old-store.env, for \`node --env-file\`; and old.log
  --commit REV     whose program makes it (default: the commit before this issue)
  --mongodb URL    a MongoDB server, no database named: the store is there and not in the folder
  --brokers LIST   with it: Kafka brokers, host:port,host:port
  --exit           ends when the store is made; else its CRM goes on until Ctrl-C, since it is where the store says
`;

const { values } = parseArgs({
  options: {
    to: { type: 'string' },
    commit: { type: 'string', default: COMMIT_BEFORE },
    mongodb: { type: 'string' },
    brokers: { type: 'string' },
    exit: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function envOf(folder: string, crmUrl: string): Promise<ProgramEnv> {
  const { mongodb, brokers } = values;
  if (mongodb === undefined || brokers === undefined) return embeddedEnv(join(folder, 'data'), crmUrl);
  const name = `old-store-${Date.now().toString(36)}`;
  return serversEnv({ mongodbUrl: mongodb, brokers: brokers.split(','), name }, crmUrl);
}

async function main(to: string): Promise<void> {
  const folder = resolve(to);
  await mkdir(folder, { recursive: true });
  const tree = await checkOutCommit(values.commit);
  const sandbox = await startVaultSandbox({ apiKeys: Object.values(API_KEYS) });
  try {
    const env = await envOf(folder, sandbox.url);
    await makeOldStore(tree.path, env, sandbox, join(folder, 'old.log'));
    const told = { commit: tree.commit, crmUrl: sandbox.url, apiKeys: API_KEYS, env, fed: FED };
    const text = JSON.stringify({ ...told, crmRecords: recordsOf(sandbox) }, null, 2);
    await writeFile(join(folder, 'old-store.json'), `${text}\n`);
    const settings = Object.entries({ ...env, PORT: '8080' }).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(folder, 'old-store.env'), settings.join(''));
    say(`The store that ${tree.commit} left is in ${env['MONGODB_URL'] ?? join(folder, 'data')}.`);
    if (values.exit) return;
    say(`Open it: node --env-file=${join(folder, 'old-store.env')} bin/zena-crm.js start`);
    say(`Its CRM is at ${sandbox.url}/_sandbox/ (Ctrl-C stops).`);
    await once(process, 'SIGINT');
  } finally {
    await sandbox.close();
    await tree.remove();
  }
}

const hasBothServers = (values.mongodb === undefined) === (values.brokers === undefined);
if (values.help || values.to === undefined || !hasBothServers) {
  say(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else await main(values.to);
