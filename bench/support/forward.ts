import { request, type Agent } from 'undici';
import type { JsonObject } from '../../src/domain/json.ts';
import { vaultFields } from '../../src/connectors/mri-vault/mapping.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { benchEvent } from './bench-events.ts';

/** Sends one event on to a CRM: looks the contact up by its email, then creates or updates it. */
export type Forward = (event: ChangeEvent) => Promise<void>;

/** How a CRM is reached. */
export interface CrmAccess {
  readonly url: string;
  readonly apiKey: string;
}

/** What the pipelines beside ours do with each event; they keep nothing and so have to look each time. */
export function createForward(dispatcher: Agent, { url, apiKey }: CrmAccess): Forward {
  const api = apiOf(dispatcher, `${url}/api/v1`, apiKey);
  return async ({ body }) => {
    if (body === null) return;
    const fields = vaultFields(body, () => null);
    const email = typeof fields['email'] === 'string' ? fields['email'] : '';
    const found = (await api('GET', `/contacts/search?email=${encodeURIComponent(email)}`)) as
      readonly { readonly id: string }[] | { readonly data: readonly { readonly id: string }[] };
    const [hit] = 'data' in found ? found.data : found;
    if (hit === undefined) await api('POST', '/contacts', fields);
    else await api('PUT', `/contacts/${hit.id}`, fields);
  };
}

/** Each contact at every version, version after version: two changes of a contact are `records` events apart. */
export function eventsToForward(records: number, versions: number): ChangeEvent[] {
  return Array.from({ length: records * versions }, (_, at) =>
    benchEvent('contact', at % records, 1 + Math.floor(at / records)),
  );
}

type Api = (method: 'GET' | 'POST' | 'PUT', path: string, body?: JsonObject) => Promise<unknown>;

function apiOf(dispatcher: Agent, base: string, apiKey: string): Api {
  return async (method, path, body) => {
    const answer = await request(`${base}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  };
}
