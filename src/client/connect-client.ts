import type { Static } from 'typebox';
import type { ClientConfig } from '../config/client-config.ts';
import type { IntegrationSchema } from '../http/views/integration-view.ts';
import { acceptedConfiguration } from '../terminal/accepted-configuration.ts';
import type { Cli } from '../terminal/cli.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { type ApiClient, createApiClient } from './api-client.ts';

/** A connection as the API answers it. */
export type IntegrationAnswer = Static<typeof IntegrationSchema>;

/** Where the running service is; ends the command where the setting is wrong. */
export async function clientConfiguration(cli: Pick<Cli, 'env' | 'stderr'>): Promise<ClientConfig> {
  const { readClientConfig } = await import('../config/client-config.ts');
  return acceptedConfiguration(cli, readClientConfig(cli.env));
}

/** A client of the service that the environment names. */
export async function connectClient(cli: Cli): Promise<ApiClient> {
  return createApiClient(await clientConfiguration(cli), cli.stop);
}

/** The caller's connections. */
export async function readIntegrations(client: ApiClient): Promise<readonly IntegrationAnswer[]> {
  const body = await client.call({ method: 'GET', path: '/api/integrations/crm/user' });
  return membersOf(body, 'integrations');
}

/** The provider that was named, else the one that the caller is connected to. */
export async function resolveProvider(client: ApiClient, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const providers = (await readIntegrations(client)).map(({ provider }) => provider);
  if (providers.length === 1 && providers[0] !== undefined) return providers[0];
  throw providers.length === 0
    ? new CommandFailure(EXIT.refused, 'No CRM is connected.', 'Connect one first.')
    : new CommandFailure(EXIT.usage, `Several CRMs are connected: ${providers.join(', ')}`, 'Name one.');
}

/** A list inside an answer's body. Throws where the answer has another shape than this version's. */
export function membersOf<T>(body: unknown, name: string): readonly T[] {
  const list: unknown =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  if (Array.isArray(list)) return list as readonly T[];
  throw new CommandFailure(EXIT.failed, `The service's answer lacks ${name}: is it of another version?`);
}
