import { createApiClient } from '../../client/api-client.ts';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { clientConfiguration } from '../../terminal/read-configuration.ts';
import { type CheckResult, ok, problem, skipped } from './check.ts';

const DEADLINE_MS = 5_000;

/** Whether a running service answers and is ready; none running is no fault. */
export async function checkService(cli: Cli): Promise<CheckResult> {
  try {
    const client = createApiClient(await clientConfiguration(cli), cli.stop);
    const { status } = await client.send({ method: 'GET', path: '/readyz', deadlineMs: DEADLINE_MS });
    return status === 200
      ? ok('service', `ready at ${client.url}`)
      : problem('service', `${client.url} is not ready (status ${status})`, 'zena-crm status tells why.');
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return cli.env['ZENA_CRM_URL']
      ? problem('service', error.message, error.remedy)
      : skipped('service', 'none runs at the default address');
  }
}
