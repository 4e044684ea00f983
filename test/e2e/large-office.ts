import { join } from 'node:path';
import { openSqliteStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import type { RunView } from '../../src/http/views/run-view.ts';
import { contactBody, record } from '../support/builders.ts';
import { startRunningService } from '../support/running-service.ts';

interface PreviewView {
  readonly total: number;
  readonly wouldCreateOrAdopt: number;
  readonly unchanged: number;
}

/**
 * A process of its own, so that its heap can be bounded: fills a store with contacts as large as earlier versions took them, starts the
 * service on it, and previews and runs a full sync into the CRM at the given address. Prints what came of it, as JSON.
 *
 *     node --max-old-space-size=512 test/e2e/large-office.ts FOLDER CRM CONTACTS BYTES
 */
const [folder = '', crm = '', contacts = '200', bytes = '4500000'] = process.argv.slice(2);

const store = await openSqliteStore({ path: join(folder, 'zena-crm.sqlite') });
for (let at = 0; at < Number(contacts); at += 1) {
  const body = contactBody({
    name: `Large ${String(at)}`,
    emails: [`large-${String(at)}@example.test`],
    // Not all one character: as notes are.
    relationshipNotes: [`${String(at)} ${'met at an open home; '.repeat(Math.ceil(Number(bytes) / 21))}`],
  });
  await store.records.write([{ record: record(`c-${String(at)}`, body), expectedRevision: 0 }]);
}
await store.close();

let rss = 0;
const watch = setInterval(() => {
  rss = Math.max(rss, process.memoryUsage().rss);
}, 20);
const running = await startRunningService({
  DATA_DIR: folder,
  ALLOWED_INSTANCE_HOSTS: new URL(crm).host,
  SYNC_WAIT: '50s',
});
/** Tells how far it got, for whoever looks at how it died. */
function stage(name: string): void {
  process.stderr.write(`${name}: ${String(Math.round(rss / 1_048_576))} MiB\n`);
}

const path = '/api/integrations/crm/mri_vault';
stage('connect');
const connected = await running.call('POST', `${path}/connect`, {
  credentials: { apiKey: 'a-key-of-the-office', instanceUrl: crm },
});
stage('preview');
const preview = await running.call('POST', `${path}/sync?dryRun=true`);
stage('sync');
let sync = (await running.call('POST', `${path}/sync`)).body as RunView;
while (sync.finishedAt === null)
  sync = (await running.call('GET', `${path}/runs/${sync.runId}`)).body as RunView;
stage('list');
const lists = await Promise.all(
  Array.from({ length: 30 }, () => running.call('GET', `${path}/records?limit=200`)),
);
stage('preview again');
const again = await running.call('POST', `${path}/sync?dryRun=true`);
clearInterval(watch);
await running.stop();
const { total, wouldCreateOrAdopt } = preview.body as PreviewView;
process.stdout.write(
  JSON.stringify({
    connected: connected.status,
    preview: { status: preview.status, total, wouldCreateOrAdopt },
    sync: {
      status: sync.status,
      created: sync.created,
      retrying: sync.retrying,
      failed: sync.failed,
    },
    lists: lists.map(({ status, body }) => {
      const { data, nextCursor } = body as { data: readonly unknown[]; nextCursor: string | null };
      return [status, data.length, nextCursor];
    }),
    again: { status: again.status, unchanged: (again.body as PreviewView).unchanged },
    mebibytes: Math.round(rss / 1_048_576),
  }),
);
