import { Agent, request } from 'undici';
import type { JsonObject } from '../../src/domain/json.ts';
import { vaultMapping } from '../../src/connectors/mri-vault/mapping.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { OpenPart } from '../harness/part.ts';
import { benchEvent } from '../support/bench-events.ts';

/**
 * `serial`: one event after another, as a consumer of one partition does. `partitions`: six such. `keys`: 32 at a time, those of
 * an entity in order.
 */
export type NaiveStyle = 'serial' | 'partitions' | 'keys';

export interface NaiveInput {
  readonly url: string;
  readonly apiKey: string;
  readonly style: NaiveStyle;
  readonly records: number;
  /** Each record's changes. */
  readonly versions: number;
}

const CHAINS: Readonly<Record<NaiveStyle, number>> = { serial: 1, partitions: 6, keys: 32 };

/** The pipeline that one writes first: for each event look for the record in the CRM, then create or update it. */
export const openPart: OpenPart<null> = async () => {
  const agent = new Agent({ connections: 64 });
  return {
    commands: {
      async run({ url, apiKey, style, records, versions }: NaiveInput) {
        const api = apiOf(agent, `${url}/api/v1`, apiKey);
        const chains = Array.from({ length: CHAINS[style] }, (): ChangeEvent[] => []);
        for (let version = 1; version <= versions; version += 1)
          for (let entity = 0; entity < records; entity += 1)
            chains[entity % chains.length]?.push(benchEvent('contact', entity, version));
        await Promise.all(
          chains.map(async (events) => {
            for (const event of events) await forward(api, event);
          }),
        );
        return { events: records * versions };
      },
    },
    close: () => agent.close(),
  };
};

type Api = (method: 'GET' | 'POST' | 'PUT', path: string, body?: JsonObject) => Promise<unknown>;

function apiOf(dispatcher: Agent, base: string, apiKey: string): Api {
  return async (method, path, body) => {
    const answer = await request(`${base}${path}`, {
      ...{ method, dispatcher },
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  };
}

async function forward(api: Api, { body }: ChangeEvent): Promise<void> {
  if (body === null) return;
  const fields = vaultMapping.fields(body, () => null);
  const email = typeof fields['email'] === 'string' ? fields['email'] : '';
  const found = (await api('GET', `/contacts/search?email=${encodeURIComponent(email)}`)) as
    readonly { readonly id: string }[] | { readonly data: readonly { readonly id: string }[] };
  const [hit] = 'data' in found ? found.data : found;
  if (hit === undefined) await api('POST', '/contacts', fields);
  else await api('PUT', `/contacts/${hit.id}`, fields);
}
