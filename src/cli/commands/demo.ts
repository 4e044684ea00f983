import { Command } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import type { ExitCode } from '../../terminal/exit-code.ts';
import { parsePort } from '../input/parse-port.ts';
import type { Ends } from './command-end.ts';

interface DemoCommandOptions {
  readonly exit?: boolean;
  readonly port?: number;
}

/** `zena-crm demo`: the whole program on made-up data, with a sandbox for a CRM. */
export function demoCommand(cli: Cli, ends: Ends): Command {
  return new Command('demo')
    .description('run everything on made-up data, with a local sandbox for a CRM; needs no servers')
    .option('--exit', 'stop once the CRM equals Zena; exit code 6 if it does not within 60 s')
    .option('--port <port>', "the service's port (default: 8080, or a free one)", parsePort)
    .action(
      ends(async ({ exit = false, port }: DemoCommandOptions): Promise<ExitCode> => {
        const { runDemo } = await import('../../demo/run-demo.ts');
        return runDemo(cli, { exit, port: port ?? null });
      }),
    );
}
