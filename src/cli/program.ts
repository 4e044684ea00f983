import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { escapeUnprintable } from '../runtime/escape-unprintable.ts';
import type { Cli, TextOutput } from '../terminal/cli.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { printable } from '../terminal/display-width.ts';
import { EXIT, type ExitCode } from '../terminal/exit-code.ts';
import { styleFor } from '../terminal/style.ts';
import type { Ends, MakeCommand } from './commands/command-end.ts';
import { connectionsCommand } from './commands/connections.ts';
import { connectorCommand } from './commands/connector.ts';
import { demoCommand, sandboxCommand } from './commands/demo.ts';
import { dlqCommand } from './commands/dlq.ts';
import { doctorCommand } from './commands/doctor.ts';
import { eraseCommand } from './commands/erase.ts';
import { importCommand } from './commands/import.ts';
import { keysCommand } from './commands/keys.ts';
import { recordsCommand } from './commands/records.ts';
import { salesforceCommand } from './commands/salesforce.ts';
import { schemasCommand } from './commands/schemas.ts';
import { configCommand, startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { runsCommand, syncCommand } from './commands/sync.ts';
import { tokenCommand } from './commands/token.ts';
import { topicsCommand } from './commands/topics.ts';

const OWN: readonly MakeCommand[] = [
  startCommand,
  demoCommand,
  sandboxCommand,
  tokenCommand,
  configCommand,
  schemasCommand,
  topicsCommand,
  doctorCommand,
  connectorCommand,
  salesforceCommand,
];
const CLIENT: readonly MakeCommand[] = [
  statusCommand,
  connectionsCommand,
  syncCommand,
  importCommand,
  runsCommand,
  recordsCommand,
  dlqCommand,
  keysCommand,
  eraseCommand,
];

const EXIT_CODES = `
Exit codes: ${EXIT.done} done, ${EXIT.failed} failed, ${EXIT.usage} usage, ${EXIT.configuration} configuration, ${EXIT.unreachable} service unreachable,
            ${EXIT.refused} refused, ${EXIT.problems} done but problems found, ${EXIT.interrupted} interrupted`;

/** Runs the command that the arguments name; resolves with the exit code and never rejects. */
export async function runProgram(process: Cli, args: readonly string[]): Promise<ExitCode> {
  const cli = { ...process, stdout: safeFor(process.stdout), stderr: safeFor(process.stderr) };
  let exitCode: ExitCode = EXIT.done;
  const ends: Ends =
    (run) =>
    async (...params) => {
      exitCode = await run(...params);
    };
  try {
    await createProgram(cli, ends).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (cli.stop.aborted && !(error instanceof CommandFailure)) {
      cli.stderr.write('interrupted\n');
      return EXIT.interrupted;
    }
    printFailure(cli, error);
    return error instanceof CommandFailure ? error.exitCode : EXIT.failed;
  }
}

/** Whatever a command writes, data of others included, a terminal shows it and does nothing else. */
function safeFor(output: TextOutput): TextOutput {
  const write = (text: string) => output.write(escapeUnprintable(text));
  return { write, ...(output.isTTY !== undefined && { isTTY: output.isTTY }) };
}

function createProgram(cli: Cli, ends: Ends): Command {
  const program = new Command('zena-crm')
    .description('Keeps CRMs equal to Zena: runs the service and talks to a running one')
    .version(readVersion(), '-V, --version')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .showHelpAfterError('(zena-crm --help lists the commands)')
    .addHelpText('after', EXIT_CODES);
  program.commandsGroup('Commands:');
  for (const make of OWN) program.addCommand(make(cli, ends));
  program.commandsGroup('Of a running service (ZENA_CRM_URL, ZENA_CRM_TOKEN):');
  for (const make of CLIENT) program.addCommand(make(cli, ends));
  for (const command of withDescendants(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => cli.stdout.write(text),
      writeErr: (text) => cli.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  }
  return program;
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

function readVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

/** Says on stderr why a command failed, in one line, and what to do about it in the next. */
function printFailure({ stderr, env }: Pick<Cli, 'stderr' | 'env'>, error: unknown): void {
  const style = styleFor(stderr, env);
  const message = error instanceof Error ? error.message : String(error);
  stderr.write(`${style.bad('error:')} ${printable(message)}\n`);
  if (error instanceof CommandFailure) {
    if (error.remedy !== null) stderr.write(`       ${printable(error.remedy)}\n`);
  } else if (error instanceof Error && error.stack !== undefined) {
    // Not one of the failures that are expected: whoever reports it needs the place.
    stderr.write(`${style.dim(error.stack.split('\n').slice(1).join('\n'))}\n`);
  }
}
