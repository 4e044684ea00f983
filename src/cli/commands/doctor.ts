import { Command } from 'commander';
import type { ApiClient } from '../../client/api-client.ts';
import { connectClient } from '../../client/connect-client.ts';
import {
  matterText,
  type OperatorsMatter,
  readOperatorsMatters,
} from '../../client/read-operators-matters.ts';
import { formatAllowedHost } from '../../config/allowed-hosts.ts';
import type { Config } from '../../config/config.ts';
import { PROVIDER_UNAVAILABLE } from '../../domain/connection.ts';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { pad } from '../../terminal/display-width.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeList } from '../../terminal/output.ts';
import { styleFor } from '../../terminal/style.ts';
import { caution, type CheckResult, ok, problem, skipped } from '../doctor/check.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import { declaredSettings, startConfiguration } from '../input/read-configuration.ts';
import type { Ends } from './command-end.ts';

/** Runs TypeScript and has the embedded store's database built in. */
const FLOOR = [24, 12] as const;
const READY_DEADLINE_MS = 5_000;
const NAME_WIDTH = 10;

/** `zena-crm doctor`: looks at everything that a start depends on. */
export function doctorCommand(cli: Cli, ends: Ends): Command {
  return new Command('doctor')
    .description('look at everything the service depends on; exit code 6 where something is wrong')
    .addOption(outputOption())
    .action(ends(async (options: OutputOptions) => doctor(cli, options)));
}

async function doctor(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const results = [checkNode(process.versions.node)];
  const configured = await checkConfig(cli);
  results.push(...configured.results);
  if (configured.config !== null) results.push(...(await checkSurroundings(configured.config)));
  results.push(...(await checkService(cli)));
  if (output === 'text') cli.stdout.write(`${results.map((result) => line(cli, result)).join('\n')}\n`);
  else writeList(cli, output, results, { columns: [], empty: '' });
  return results.some(({ status }) => status === 'problem') ? EXIT.problems : EXIT.done;
}

/** What can be read of the configuration although something else in it is missing is looked at all the same. */
async function checkConfig(cli: Cli): Promise<{ results: CheckResult[]; config: Config | null }> {
  const { readConfig } = await import('../../config/read-config.ts');
  const full = await startConfiguration(cli);
  if (full.ok) return { results: [ok('config', `mode ${full.config.mode}`)], config: full.config };
  const results = full.faults.map(({ message, remedy }) => problem('config', message, remedy));
  const partial = readConfig(cli.env, { require: 'none', declared: await declaredSettings() });
  return { results, config: partial.ok ? partial.config : null };
}

async function checkSurroundings(config: Config): Promise<CheckResult[]> {
  const { checkFeed, checkRegistry, checkStore } = await import('../doctor/check-servers.ts');
  const servers = await Promise.all([checkStore(config), checkFeed(config), checkRegistry(config)]);
  return [...servers, checkGuard(config)];
}

function line({ stdout, env }: Cli, { check, status, detail, remedy }: CheckResult): string {
  const style = styleFor(stdout, env);
  const paint = { ok: style.good, caution: style.caution, problem: style.bad, skipped: style.dim }[status];
  const next = remedy === null ? '' : `\n${' '.repeat(NAME_WIDTH + 10)}${remedy}`;
  return `${pad(check, NAME_WIDTH)}${paint(pad(status, 10))}${detail}${next}`;
}

/** Whether this Node runs the program. */
function checkNode(version: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1]);
  return enough
    ? ok('node', version)
    : problem(
        'node',
        `${version}, older than ${FLOOR.join('.')}`,
        'Run npm ci, which brings a newer one along.',
      );
}

/** Which CRM addresses are let past the outbound guard. */
function checkGuard({ allowedInstanceHosts }: Pick<Config, 'allowedInstanceHosts'>): CheckResult {
  if (allowedInstanceHosts.length === 0) return ok('crm guard', 'only public https addresses');
  const hosts = allowedInstanceHosts.map(formatAllowedHost).join(', ');
  const open = allowedInstanceHosts.filter(({ port }) => port === null).map(formatAllowedHost);
  return caution(
    'crm guard',
    `may be plain http or private: ${hosts}`,
    open.length === 0
      ? 'Right for a sandbox; keep ALLOWED_INSTANCE_HOSTS empty in production.'
      : `Name the port too: every port of ${open.join(', ')} is open.`,
  );
}

/** Whether a running service answers and is ready; none running is no fault. */
async function checkService(cli: Cli): Promise<CheckResult[]> {
  try {
    const client = await connectClient(cli);
    const { status } = await client.send({ method: 'GET', path: '/readyz', deadlineMs: READY_DEADLINE_MS });
    return status === 200
      ? [ok('service', `ready at ${client.url}`), ...(await checkConnections(cli, client))]
      : [problem('service', `${client.url} is not ready (status ${status})`, 'zena-crm status tells why.')];
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return [
      cli.env['ZENA_CRM_URL']
        ? problem('service', error.message, error.remedy)
        : skipped('service', 'none runs at the default address'),
    ];
  }
}

/** What connections wait for this reader for: a provider's missing setting, a key that the CRM refuses. */
async function checkConnections(cli: Cli, client: ApiClient): Promise<CheckResult[]> {
  const hasToken = Boolean(cli.env['ZENA_CRM_TOKEN'] ?? cli.env['ZENA_CRM_TOKEN_FILE']);
  const matters = hasToken ? await readOperatorsMatters(client) : null;
  if (matters === null)
    return [skipped('crms', 'how connections are is told to a token with the scope ops:read')];
  if (matters.length === 0) return [ok('crms', 'no connection waits for the operator')];
  return matters.map((matter) => problem('crms', matterText(matter), remedyOf(matter)));
}

function remedyOf({ reason, provider }: OperatorsMatter): string {
  if (reason === PROVIDER_UNAVAILABLE) {
    return `Set what ${provider} needs: GET /api/integrations/crm names it as unavailableReason.`;
  }
  return `docs/api.md says what ${reason} means. What waits is delivered by itself once it is mended.`;
}
