import { type Command, Option } from 'commander';
import { ENTITY_KINDS } from '../../domain/entity.ts';

/** Which dead letters, as the options say. */
export interface LetterOptions {
  readonly kind?: string;
  readonly code?: string;
  readonly provider?: string;
  readonly user?: string;
  readonly connection?: string;
  readonly entity?: string;
  readonly entityId?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Adds the options that choose letters. */
export function withLetterOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--kind <kind>', 'unreadable events, or records that were given up').choices([
        'decode',
        'deliver',
      ]),
    )
    .option('--code <code>', 'only of this cause, such as REFUSED_BY_CRM')
    .option('--provider <provider>', 'only of this CRM, such as mri_vault')
    .option('--user <id>', "only of this user's records")
    .option('--connection <id>', 'only of this connection')
    .addOption(new Option('--entity <kind>', 'only this kind').choices(ENTITY_KINDS))
    .option('--entity-id <id>', 'only of this record')
    .option('--from <time>', 'failed last at or after this time, such as 2026-03-01T10:00:00Z')
    .option('--to <time>', 'failed last before this time');
}

/** The same as the API names it; what was not given is undefined. */
export function letterQuery({ user, connection, ...options }: LetterOptions) {
  const { kind, code, provider, entity, entityId, from, to } = options;
  return { kind, code, provider, userId: user, connectionId: connection, entity, entityId, from, to };
}
