import axios, { type AxiosAdapter, type AxiosInstance } from 'axios';
import { Agent, request, type Dispatcher } from 'undici';
import { vaultFields } from '../../src/connectors/mri-vault/mapping.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Meter, OpenPart } from '../harness/part.ts';
import { tenantChanges, tenantKey, tenantOf, type TenantLoad } from '../support/tenant-load.ts';

export interface BareCallsOptions {
  readonly url: string;
  readonly load: TenantLoad;
  readonly requestsPerSecond: number;
  readonly maxConcurrent: number;
  /** The package's main entry, or its build without clustering, which ours uses. */
  readonly bottleneck: 'main' | 'light';
}

/** The same bodies to the same CRM by the bare parts: axios over undici, each call a job of its tenant's bottleneck. */
export const openPart: OpenPart<BareCallsOptions> = async (options) => {
  const { load, requestsPerSecond, maxConcurrent } = options;
  const agent = new Agent();
  const http = axios.create({ adapter: undiciAdapter(agent), baseURL: `${options.url}/api/v1` });
  const { default: Limiter } =
    options.bottleneck === 'main' ? await import('bottleneck') : await import('bottleneck/light.js');
  const limiters = Array.from(
    { length: load.tenants },
    () => new Limiter({ minTime: 1_000 / requestsPerSecond, maxConcurrent }),
  );
  const ids: string[] = [];
  const callAll = async (bodies: readonly JsonObject[]): Promise<void> => {
    await Promise.all(
      bodies.map(async (body, contact) => {
        const tenant = tenantOf(load, contact);
        const answer = await limiters[tenant]?.schedule(() => call(http, tenant, ids[contact], body));
        ids[contact] = answer?.id ?? '';
      }),
    );
  };
  return {
    profiled: { write: 'bare parts, calls' },
    commands: {
      /** Each contact at this version: created where it was not yet. */
      async write(version: number, meter: Meter) {
        const bodies = tenantChanges(load, version).map(fieldsOf);
        meter.restart();
        await callAll(bodies);
        meter.stop();
      },
    },
    async close() {
      await Promise.all(limiters.map((limiter) => limiter.disconnect()));
      await agent.close();
    },
  };
};

async function call(
  http: AxiosInstance,
  tenant: number,
  id: string | undefined,
  body: JsonObject,
): Promise<{ readonly id: string }> {
  const config = { headers: { authorization: `Bearer ${tenantKey(tenant)}` } };
  const answer =
    id === undefined ? http.post('/contacts', body, config) : http.put(`/contacts/${id}`, body, config);
  return (await answer).data as { readonly id: string };
}

function undiciAdapter(dispatcher: Dispatcher): AxiosAdapter {
  return async (config) => {
    const answer = await request(`${config.baseURL ?? ''}${config.url ?? ''}`, {
      dispatcher,
      method: (config.method ?? 'get').toUpperCase(),
      headers: config.headers.toJSON() as Record<string, string>,
      body: config.data as string,
    });
    const data = await answer.body.text();
    return { config, data, status: answer.statusCode, statusText: '', headers: {} };
  };
}

function fieldsOf({ body }: ChangeEvent): JsonObject {
  return body === null ? {} : vaultFields(body, () => null);
}
