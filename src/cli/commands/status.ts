import { Command } from 'commander';
import type { ApiClient } from '../../client/api-client.ts';
import { createApiClient } from '../../client/api-client.ts';
import {
  clientConfiguration,
  type IntegrationAnswer,
  membersOf,
  readIntegrations,
} from '../../client/connect-client.ts';
import {
  matterText,
  type OperatorsMatter,
  readOperatorsMatters,
} from '../../client/read-operators-matters.ts';
import type { WorkerView } from '../../http/views/operations-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeObject } from '../../terminal/output.ts';
import { shortSeconds, shortTime } from '../../terminal/show-time.ts';
import { table } from '../../terminal/table.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';
import { CONNECTION_COLUMNS } from './connections.ts';

interface Status {
  readonly url: string;
  readonly version: string;
  readonly mode: string;
  readonly store: string;
  readonly feed: string;
  readonly ready: boolean;
  /** Why it is not ready; null when it is. */
  readonly reason: string | null;
  /** Null without a token. */
  readonly integrations: readonly IntegrationAnswer[] | null;
  /** Null where the token is no operator's. */
  readonly workers: readonly WorkerView[] | null;
  /** What connections of everybody's wait for the operator for; null where the token is no operator's. */
  readonly operatorsMatters: readonly OperatorsMatter[] | null;
}

/** `zena-crm status`: whether the service works, and whether somebody has to do something. */
export function statusCommand(cli: Cli, ends: Ends): Command {
  return new Command('status')
    .description('how the service is; exit code 6 where something needs a look')
    .addOption(outputOption())
    .action(ends(async (options: OutputOptions) => showStatus(cli, options)));
}

async function showStatus(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const config = await clientConfiguration(cli);
  const status = await readStatus(createApiClient(config, cli.stop), config.token !== null);
  const problems = problemsOf(status);
  writeObject(cli, output, { ...status, problems }, () => statusText(status, problems));
  return problems.length === 0 ? EXIT.done : EXIT.problems;
}

async function readStatus(client: ApiClient, withToken: boolean): Promise<Status> {
  const version = await client.call({ method: 'GET', path: '/version' });
  const readiness = await client.send({ method: 'GET', path: '/readyz' });
  const ready = readiness.status === 200;
  return {
    url: client.url,
    version: textOf(version, 'version') ?? '?',
    mode: textOf(version, 'mode') ?? '?',
    store: textOf(version, 'store') ?? '?',
    feed: textOf(version, 'feed') ?? '?',
    ready,
    reason: ready ? null : (textOf(readiness.body, 'detail') ?? `status ${readiness.status}`),
    integrations: withToken ? await readIntegrations(client) : null,
    workers: withToken ? await readWorkers(client) : null,
    operatorsMatters: withToken ? await readOperatorsMatters(client) : null,
  };
}

/** Asked in passing: whoever may not know is not told. */
async function readWorkers(client: ApiClient): Promise<readonly WorkerView[] | null> {
  const { status, body } = await client.send({ method: 'GET', path: '/api/ops/workers' });
  return status === 200 ? membersOf<WorkerView>(body, 'data') : null;
}

function problemsOf({ ready, reason, integrations, operatorsMatters }: Status): string[] {
  const ofConnections = (integrations ?? []).flatMap(({ provider, health, counts }) => [
    ...(health.state === 'needs_reauth' || health.state === 'unreachable'
      ? [`${provider}: ${health.state} (${health.reason ?? '?'}); to be fixed by: ${health.whoCanFix}`]
      : []),
    ...(counts.failed > 0 ? [`${provider}: ${counts.failed} failed (zena-crm records --state dead)`] : []),
  ]);
  return [
    ...(ready ? [] : [`the service is not ready: ${reason ?? 'unknown'}`]),
    ...ofConnections,
    ...(operatorsMatters ?? []).map(matterText),
  ];
}

function statusText(status: Status, problems: readonly string[]): string {
  const { url, version, mode, store, feed, ready, integrations, workers } = status;
  const connections =
    integrations === null
      ? 'Connections are shown with ZENA_CRM_TOKEN.'
      : integrations.length === 0
        ? 'No CRM is connected.'
        : table(integrations, CONNECTION_COLUMNS);
  return [
    `zena-crm-sync ${version} at ${url}: ${ready ? 'ready' : 'not ready'}`,
    `mode ${mode}, store ${store}, feed ${feed}`,
    '',
    connections,
    ...(workers === null ? [] : ['', workersText(workers)]),
    ...(problems.length === 0 ? [] : ['', ...problems.map((problem) => `problem: ${problem}`)]),
  ].join('\n');
}

function workersText(workers: readonly WorkerView[]): string {
  if (workers.length === 0) return 'No worker is known to the others: one works alone, or none does.';
  return table(workers, [
    { title: 'WORKER', value: ({ label }) => label },
    { title: 'SHARDS', value: ({ shards }) => shards, align: 'right' },
    { title: 'SINCE', value: ({ startedAt }) => shortTime(startedAt) },
    {
      title: 'LAST BEAT',
      value: ({ beatAgeSeconds }) => `${shortSeconds(beatAgeSeconds)} ago`,
      align: 'right',
    },
    { title: 'STATE', value: ({ draining }) => (draining ? 'hands over' : 'works') },
  ]);
}

function textOf(body: unknown, name: string): string | null {
  const value: unknown =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : null;
}
