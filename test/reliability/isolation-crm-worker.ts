import { parentPort, workerData } from 'node:worker_threads';
import type { JournalEntry } from '../../src/sandbox/kit/journal/journal.ts';
import { startVaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import type { CrmKind, CrmReply, CrmRequest, HeldContact } from './isolation-crms.ts';

/** The CRMs of the isolation measurement, in a thread of their own: their work must not look like the service's. */
const { apiKeys, slowMs } = workerData as { readonly apiKeys: readonly string[]; readonly slowMs: number };
const port = parentPort;
if (port === null) throw new Error('to be started as a worker');

const start = () => startVaultSandbox({ apiKeys, journalSize: 1 });
const crms = { healthy: await start(), dead: await start(), slow: await start(), limiting: await start() };
const samples: { sentAt: number; ms: number }[] = [];

const stampOf = ({ method, body }: JournalEntry): number | null => {
  if (method !== 'POST' && method !== 'PUT') return null;
  const { lastName } = (body ?? {}) as { readonly lastName?: unknown };
  return typeof lastName === 'string' ? Number(lastName) : null;
};
crms.healthy.onRequest((entry) => {
  const sentAt = stampOf(entry);
  if (sentAt !== null) samples.push({ sentAt, ms: Date.now() - sentAt });
});

const sicken = async () => {
  await crms.dead.down();
  crms.slow.misbehave({ fault: { kind: 'latency', ms: slowMs } });
  crms.limiting.misbehave({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '5' } } });
};
const heal = async () => {
  await crms.dead.up();
  crms.slow.stopMisbehaving();
  crms.limiting.stopMisbehaving();
};
const contacts = (): HeldContact[] =>
  Object.values(crms)
    .flatMap((crm) => crm.records('contacts'))
    .map(({ email, lastName }) => ({ email: String(email), stamp: Number(lastName) }));

async function answer({ ask }: CrmRequest): Promise<CrmReply['value']> {
  if (ask === 'addresses') {
    const addresses = Object.entries(crms).map(([kind, crm]) => [kind, crm.url]);
    return Object.fromEntries(addresses) as Record<CrmKind, string>;
  }
  if (ask === 'contacts') return contacts();
  if (ask === 'samples') return samples.splice(0);
  if (ask === 'sicken') await sicken();
  if (ask === 'heal') await heal();
  if (ask === 'close') {
    await Promise.all(Object.values(crms).map((crm) => crm.close()));
    port?.close();
  }
  return null;
}

port.on('message', (request: CrmRequest) => {
  void answer(request).then((value) => {
    if (request.ask !== 'close') port.postMessage({ id: request.id, value } satisfies CrmReply);
  });
});
