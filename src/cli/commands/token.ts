import { Command, InvalidArgumentError } from 'commander';
import { isUserId, SCOPES } from '../../auth/principal.ts';
import { formatDuration, parseDuration } from '../../config/duration.ts';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeObject } from '../../terminal/output.ts';
import { outputOption } from '../input/command-options.ts';
import { toolConfiguration } from '../input/read-configuration.ts';
import type { Ends } from './command-end.ts';

interface TokenOptions {
  readonly user: string;
  readonly scopes: readonly string[];
  readonly ttl: number;
  readonly output: OutputFormat;
}

const KNOWN_SCOPES: readonly string[] = ['ops', ...SCOPES];
const DEFAULT_TTL_MS = 3_600_000;

/** `zena-crm token`: an access token signed with `JWT_SECRET`. */
export function tokenCommand(cli: Cli, ends: Ends): Command {
  return new Command('token')
    .description('make an access token with JWT_SECRET, for development and machines')
    .requiredOption('--user <id>', 'whom it speaks for', parseUser)
    .option('--scopes <list>', `by commas: ${KNOWN_SCOPES.join(', ')}`, parseScopes, [])
    .option(
      '--ttl <duration>',
      'how long it is valid, such as 15m or 1h (default: 1h)',
      parseTtl,
      DEFAULT_TTL_MS,
    )
    .addOption(outputOption())
    .action(ends(async (options: TokenOptions) => token(cli, options)));
}

async function token(cli: Cli, { user, scopes, ttl, output }: TokenOptions): Promise<ExitCode> {
  const { auth } = await toolConfiguration(cli);
  if (auth?.kind !== 'hmac') {
    throw new CommandFailure(
      EXIT.configuration,
      auth === null ? 'JWT_SECRET is missing' : "With JWT_JWKS_URL, tokens are the issuer's to make",
      auth === null ? "Set it to the service's secret." : 'Ask the issuer for one.',
    );
  }
  const { signToken } = await import('../../client/sign-token.ts');
  const expiresAt = new Date(cli.clock.now() + ttl).toISOString();
  const made = await signToken(auth, { userId: user, scopes, ttlMs: ttl }, cli.clock);
  writeObject(cli, output, { token: made, userId: user, scopes, expiresAt }, () => made);
  if (output === 'text' && cli.stdout.isTTY === true) {
    cli.stderr.write(`valid for ${formatDuration(ttl)}; treat it like a password\n`);
  }
  return EXIT.done;
}

function parseUser(text: string): string {
  if (!isUserId(text)) throw new InvalidArgumentError('1 to 256 printable ASCII characters without spaces.');
  return text;
}

function parseScopes(text: string): readonly string[] {
  const scopes = text.split(/[\s,]+/).filter((scope) => scope !== '');
  const unknown = scopes.find((scope) => !KNOWN_SCOPES.includes(scope));
  if (unknown !== undefined) throw new InvalidArgumentError(`Known ones are ${KNOWN_SCOPES.join(', ')}.`);
  return [...new Set(scopes)];
}

function parseTtl(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 1_000) throw new InvalidArgumentError('A duration from 1s on, such as 15m or 1h.');
  return ms;
}
