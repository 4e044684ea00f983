import type { OpsConnectionView } from '../http/views/operations-view.ts';
import type { ApiClient } from './api-client.ts';
import { membersOf } from './connect-client.ts';
import { readPages } from './read-pages.ts';

/** Connections that wait for the operator of the service, for one reason. */
export interface OperatorsMatter {
  readonly provider: string;
  readonly reason: string;
  readonly connections: number;
}

/** More connections than that are not looked through. */
const MOST_CONNECTIONS = 10_000;

/** What connections wait for the operator for, whoever owns them. Null: who asks may not know. */
export async function readOperatorsMatters(client: ApiClient): Promise<readonly OperatorsMatter[] | null> {
  const path = '/api/ops/connections';
  const { status, body } = await client.send({ method: 'GET', path, query: { limit: '1' } });
  if (status !== 200) return null;
  if (membersOf(body, 'data').length === 0) return [];
  const all = await readPages<OpsConnectionView>(client, path, {}, MOST_CONNECTIONS);
  const matters = new Map<string, OperatorsMatter>();
  for (const { provider, health } of all) {
    if (health.whoCanFix !== 'operator') continue;
    const reason = health.reason ?? health.state;
    const key = `${provider} ${reason}`;
    const connections = (matters.get(key)?.connections ?? 0) + 1;
    matters.set(key, { provider, reason, connections });
  }
  return [...matters.values()];
}

/** For people: `3 connections of mri_vault wait for the operator: PROVIDER_UNAVAILABLE`. */
export function matterText({ provider, reason, connections }: OperatorsMatter): string {
  const wait = connections === 1 ? '1 connection' : `${connections} connections`;
  return `${wait} of ${provider} ${connections === 1 ? 'waits' : 'wait'} for the operator: ${reason}`;
}
