import { Command, Option } from 'commander';
import { SETTINGS } from '../../config/settings.ts';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { untilAborted } from '../../terminal/until-aborted.ts';
import type { SandboxKind, StartedSandbox } from '../../sandbox/kit/sandbox.ts';
import type { OutputFormat } from '../../terminal/output.ts';
import { outputOption, parsePort, readPort } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

interface DemoCommandOptions {
  readonly crm?: string;
  readonly all?: boolean;
  readonly exit?: boolean;
  readonly port?: number;
}

interface SandboxOptions {
  readonly port?: number;
  readonly host?: string;
  readonly apiKey?: string;
  readonly rateLimits?: boolean;
  readonly output: OutputFormat;
}

/** Any that is free. */
const ANY_PORT = 0;

/** `zena-crm demo`: the whole program on made-up data, with a sandbox for a CRM. */
export function demoCommand(cli: Cli, ends: Ends): Command {
  return new Command('demo')
    .description('run everything on made-up data, with a local sandbox for a CRM; needs no servers')
    .addOption(
      new Option('--crm <name>', `whose sandbox, as of zena-crm sandbox (default: mri_vault)`).conflicts(
        'all',
      ),
    )
    .option('--all', 'every CRM that is there side by side; one of them fails, and heals, on the way')
    .option('--exit', 'stop once the CRM equals Zena; exit code 6 if it does not within four minutes')
    .option(
      '--port <port>',
      `the service's port (default: ${SETTINGS.PORT.default}, or a free one)`,
      parsePort,
    )
    .action(
      ends(async ({ crm, all = false, exit = false, port }: DemoCommandOptions): Promise<ExitCode> => {
        const { runDemo } = await import('../../demo/run-demo.ts');
        return runDemo(cli, { crm: crm ?? null, all, exit, port: port ?? null });
      }),
    );
}

/** `zena-crm sandbox`: a local CRM, until it is asked to stop. */
export function sandboxCommand(cli: Cli, ends: Ends): Command {
  return new Command('sandbox')
    .description('run a local CRM for development; its address goes to stdout')
    .argument('[provider]', 'whose (default: mri_vault)')
    .option('--port <port>', 'default: SANDBOX_PORT, or any that is free, as 0 is', parsePort)
    .option('--host <host>', 'default: SANDBOX_HOST, or 127.0.0.1')
    .option('--api-key <key>', 'the key it accepts (default: SANDBOX_API_KEY, or sandbox-key)')
    .option('--rate-limits', 'enforce the limits that the vendor documents')
    .addOption(outputOption())
    .action(
      ends(async (provider: string | undefined, options: SandboxOptions) => sandbox(cli, provider, options)),
    );
}

async function sandbox(
  cli: Cli,
  provider: string | undefined,
  { output, ...options }: SandboxOptions,
): Promise<ExitCode> {
  const { sandboxes } = await import('../../sandbox/sandboxes.ts');
  const kind = provider === undefined ? sandboxes[0] : sandboxes.find(({ id }) => id === provider);
  if (kind === undefined) {
    const known = sandboxes.map(({ id }) => id).join(', ');
    throw new CommandFailure(EXIT.usage, 'There is no sandbox of that name', `There are: ${known}.`);
  }
  const start = { ...fromEnvironment(cli.env), ...options };
  try {
    const running = await kind.start(start);
    cli.stdout.write(`${output === 'text' ? addressOf(running) : accessTo(kind, running)}\n`);
    const { origin } = new URL(running.url);
    cli.stderr.write(`${kind.name} sandbox: what it holds is at ${origin}/_sandbox/ (Ctrl-C stops)\n`);
    await untilAborted(cli.stop);
    await running.close();
    return EXIT.done;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    throw new CommandFailure(
      EXIT.failed,
      `The sandbox can't listen on ${start.host} port ${start.port} (${code})`,
      'Choose another with --port, or --port 0 for a free one.',
    );
  }
}

/** What a person enters to connect, where that is an address; else what clients begin with. */
function addressOf({ url, credentials }: StartedSandbox): string {
  return credentials['instanceUrl'] ?? url;
}

/** All that a client of the CRM, and a service, need, in one line. */
function accessTo({ provider }: SandboxKind, { url, credentials, client, env }: StartedSandbox): string {
  return JSON.stringify({ provider, url, credentials, client, env });
}

/** Not `PORT` and `HOST`: in one shell with the service those are the service's. */
function fromEnvironment(env: NodeJS.ProcessEnv): { host: string; port: number; apiKey: string } {
  const port = env['SANDBOX_PORT'] ? readPort(env['SANDBOX_PORT']) : ANY_PORT;
  if (port === null) {
    throw new CommandFailure(EXIT.configuration, 'SANDBOX_PORT is no port', 'Give a number from 0 to 65535.');
  }
  return { host: env['SANDBOX_HOST'] || '127.0.0.1', port, apiKey: env['SANDBOX_API_KEY'] || 'sandbox-key' };
}
