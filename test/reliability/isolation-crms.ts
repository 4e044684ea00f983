import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export type CrmKind = 'healthy' | 'dead' | 'slow' | 'limiting';

export interface HeldContact {
  readonly email: string;
  readonly stamp: number;
}

/** When a change was meant to be sent (epoch ms), and how long after that the CRM had the call. */
export interface Sample {
  readonly sentAt: number;
  readonly ms: number;
}

export interface CrmRequest {
  readonly id: number;
  readonly ask: 'addresses' | 'sicken' | 'heal' | 'contacts' | 'samples' | 'close';
}

export interface CrmReply {
  readonly id: number;
  readonly value: Record<CrmKind, string> | HeldContact[] | Sample[] | null;
}

/** Four CRMs, of which three can be made sick together: connection refused, answers after `slowMs`, 429 with `Retry-After: 5`. */
export interface IsolationCrms {
  readonly addresses: Readonly<Record<CrmKind, string>>;
  sicken(): Promise<void>;
  heal(): Promise<void>;
  contacts(): Promise<HeldContact[]>;
  /** Of the healthy CRM, since the last ask. */
  samples(): Promise<Sample[]>;
  close(): Promise<void>;
}

export async function startIsolationCrms(apiKeys: readonly string[], slowMs: number): Promise<IsolationCrms> {
  const worker = new Worker(new URL('./isolation-crm-worker.ts', import.meta.url), {
    workerData: { apiKeys, slowMs },
  });
  const waiting = new Map<number, (value: CrmReply['value']) => void>();
  let asked = 0;
  worker.on('message', ({ id, value }: CrmReply) => waiting.get(id)?.(value));
  const ask = (what: CrmRequest['ask']): Promise<CrmReply['value']> =>
    new Promise((resolve, reject) => {
      const id = (asked += 1);
      waiting.set(id, (value) => {
        waiting.delete(id);
        resolve(value);
      });
      worker.once('error', reject);
      worker.postMessage({ id, ask: what } satisfies CrmRequest);
    });
  worker.setMaxListeners(0);
  return {
    addresses: (await ask('addresses')) as Record<CrmKind, string>,
    async sicken() {
      await ask('sicken');
    },
    async heal() {
      await ask('heal');
    },
    contacts: async () => (await ask('contacts')) as HeldContact[],
    samples: async () => (await ask('samples')) as Sample[],
    async close() {
      const ended = once(worker, 'exit');
      worker.postMessage({ id: 0, ask: 'close' } satisfies CrmRequest);
      await ended;
    },
  };
}
