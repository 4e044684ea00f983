import type { Json } from '../../../src/domain/json.ts';
import type { VaultCollection } from '../../../src/sandbox/mri-vault/vault-record.ts';
import { COLLECTIONS, type CrmRecord, type CrmRecords } from '../model/crm-model.ts';
import { startProgram, type ProgramProcess } from './program-process.ts';
import type { ToldWrite } from '../model/write-review.ts';

/** One MRI Vault, in a process of its own, by its control API. What it holds is in its memory: it is frozen, never killed. */
export interface CrmProcess {
  readonly url: string;
  readonly apiKey: string;
  readonly process: ProgramProcess;
  records(): Promise<CrmRecords>;
  /** null: it does not answer. */
  writesAfter(number: number): Promise<ToldWrite[] | null>;
  misbehave(rule: Json): Promise<void>;
  behave(): Promise<void>;
  /** Requests that it refused because they were more than its limit. */
  overLimit(): Promise<number>;
  /** People at work in the CRM. False: there is no such record, or the CRM did not say that it is deleted. */
  deleteRecord(collection: VaultCollection, id: string): Promise<boolean>;
}

export interface CrmOptions {
  readonly program: string;
  readonly apiKey: string;
  readonly logFile: string;
}

/** What the connector believes that MRI Vault takes. */
const REQUESTS_PER_SECOND = 50;
const ANSWER_WITHIN_MS = 15_000;

export async function startCrm({ program, apiKey, logFile }: CrmOptions): Promise<CrmProcess> {
  const args = ['sandbox', '--port', '0', '--api-key', apiKey];
  const crm = await startProgram({ program, args, env: {}, logFile, startWithinMs: 30_000 });

  async function control(method: string, path: string, body?: Json): Promise<Response> {
    const response = await fetch(new URL(`/_sandbox${path}`, crm.url), {
      method,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  async function records(): Promise<CrmRecords> {
    const held = async (collection: VaultCollection): Promise<CrmRecord[]> =>
      (await (await control('GET', `/records/${collection}`)).json()) as CrmRecord[];
    return {
      contact: await held(COLLECTIONS.contact),
      property: await held(COLLECTIONS.property),
      deal: await held(COLLECTIONS.deal),
    };
  }

  await control('POST', '/settings', { rateLimit: { requestsPerSecond: REQUESTS_PER_SECOND } });
  return {
    url: crm.url,
    apiKey,
    process: crm,
    records,
    async writesAfter(number) {
      try {
        return (await (await control('GET', `/writes?after=${number}`)).json()) as ToldWrite[];
      } catch (error) {
        // By name: under Jest, what Node throws is of another realm.
        if ((error as Error).name === 'TimeoutError') return null;
        throw error;
      }
    },
    misbehave: async (rule) => void (await control('POST', '/misbehave', rule)),
    overLimit: async () =>
      ((await (await control('GET', '/counts')).json()) as { overLimit: number }).overLimit,
    behave: async () => void (await control('DELETE', '/misbehave')),
    async deleteRecord(collection, id) {
      const url = new URL(`/api/v1/${collection}/${encodeURIComponent(id)}`, crm.url);
      const headers = { authorization: `Bearer ${apiKey}` };
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      try {
        return (await fetch(url, { method: 'DELETE', headers, signal })).status === 204;
      } catch (error) {
        // What is wrong with the CRM befalls its people too. By name: under Jest, what Node throws is of another realm.
        if (['TypeError', 'TimeoutError'].includes((error as Error).name)) return false;
        throw error;
      }
    },
  };
}
