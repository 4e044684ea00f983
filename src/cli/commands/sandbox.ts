import { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { parsePort, readPort } from '../parse-port.ts';
import type { Ends } from '../command-end.ts';
import { untilAborted } from '../until-aborted.ts';

interface SandboxOptions {
  readonly port?: number;
  readonly host?: string;
  readonly apiKey?: string;
}

const DEFAULT_PORT = 8_090;

/** `zena-crm sandbox`: a local MRI Vault, until it is asked to stop. */
export function sandboxCommand(cli: Cli, ends: Ends): Command {
  return new Command('sandbox')
    .description('run a local MRI Vault for development; its address goes to stdout')
    .option('--port <port>', `default: PORT, or ${DEFAULT_PORT}; 0 takes a free one`, parsePort)
    .option('--host <host>', 'default: HOST, or 127.0.0.1')
    .option('--api-key <key>', 'the key it accepts (default: SANDBOX_API_KEY, or sandbox-key)')
    .action(ends(async (options: SandboxOptions) => sandbox(cli, options)));
}

async function sandbox(cli: Cli, options: SandboxOptions): Promise<ExitCode> {
  const { sandboxes } = await import('../../sandbox/sandboxes.ts');
  const [kind] = sandboxes;
  const { host, port, apiKey } = { ...fromEnvironment(cli.env), ...options };
  try {
    const running = await kind.start({ host, port, apiKey });
    cli.stdout.write(`${running.url}\n`);
    cli.stderr.write(`${kind.name} sandbox: what it holds is at ${running.url}/_sandbox/ (Ctrl-C stops)\n`);
    await untilAborted(cli.stop);
    await running.close();
    return EXIT.done;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    throw new CommandFailure(
      EXIT.failed,
      `The sandbox can't listen on ${host} port ${port} (${code})`,
      'Choose another with --port, or --port 0 for a free one.',
    );
  }
}

function fromEnvironment(env: NodeJS.ProcessEnv): { host: string; port: number; apiKey: string } {
  const port = env['PORT'] ? readPort(env['PORT']) : DEFAULT_PORT;
  if (port === null) {
    throw new CommandFailure(EXIT.configuration, 'PORT is no port', 'Give a number from 0 to 65535.');
  }
  return { host: env['HOST'] || '127.0.0.1', port, apiKey: env['SANDBOX_API_KEY'] || 'sandbox-key' };
}
