import { Command } from 'commander';
import type { Config } from '../../config/config.ts';
import type { Cli } from '../../terminal/cli.ts';
import { pad } from '../../terminal/display-width.ts';
import { type CheckResult, ok, problem } from '../doctor/check.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputOptions, outputOption, writeList } from '../../terminal/output.ts';
import type { Ends } from './command-end.ts';
import { startConfiguration } from '../../terminal/read-configuration.ts';
import { styleFor } from '../../terminal/style.ts';

/** `zena-crm doctor`: looks at everything that a start depends on. */
export function doctorCommand(cli: Cli, ends: Ends): Command {
  return new Command('doctor')
    .description('look at everything the service depends on; exit code 6 where something is wrong')
    .addOption(outputOption())
    .action(ends(async (options: OutputOptions) => doctor(cli, options)));
}

async function doctor(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const { checkNode } = await import('../doctor/check-node.ts');
  const results = [checkNode(process.versions.node)];
  const configured = await checkConfig(cli);
  results.push(...configured.results);
  if (configured.config !== null) results.push(...(await checkSurroundings(configured.config)));
  const { checkService } = await import('../doctor/check-service.ts');
  results.push(await checkService(cli));
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
  const partial = readConfig(cli.env, { require: 'none' });
  return { results, config: partial.ok ? partial.config : null };
}

async function checkSurroundings(config: Config): Promise<CheckResult[]> {
  const { checkStore } = await import('../doctor/check-store.ts');
  const { checkFeed, checkRegistry } = await import('../doctor/check-feed.ts');
  const { checkGuard } = await import('../doctor/check-guard.ts');
  const servers = await Promise.all([checkStore(config), checkFeed(config), checkRegistry(config)]);
  return [...servers, checkGuard(config)];
}

const NAME_WIDTH = 10;

function line({ stdout, env }: Cli, { check, status, detail, remedy }: CheckResult): string {
  const style = styleFor(stdout, env);
  const paint = { ok: style.good, caution: style.caution, problem: style.bad, skipped: style.dim }[status];
  const next = remedy === null ? '' : `\n${' '.repeat(NAME_WIDTH + 10)}${remedy}`;
  return `${pad(check, NAME_WIDTH)}${paint(pad(status, 10))}${detail}${next}`;
}
