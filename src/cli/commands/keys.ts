import { Command } from 'commander';
import type { ApiClient } from '../../client/api-client.ts';
import { connectClient } from '../../client/connect-client.ts';
import type { KeyStatusView, RotationStepView } from '../../http/views/key-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeObject } from '../../terminal/output.ts';
import { type Column, table } from '../../terminal/table.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

type KeyView = KeyStatusView['keys'][number];

const KEY_COLUMNS: readonly Column<KeyView>[] = [
  { title: 'KEY', value: ({ keyId }) => keyId },
  { title: 'ROLE', value: ({ role }) => role },
  { title: 'CONNECTIONS', value: ({ connections }) => connections, align: 'right' },
  { title: 'EARLIER FORM', value: ({ earlierForm }) => earlierForm, align: 'right' },
  { title: 'CANARY', value: ({ canary }) => (canary ? 'yes' : null) },
  { title: 'NEEDED', value: ({ needed }) => (needed ? 'yes' : 'no') },
];

const KEYS_PATH = '/api/ops/keys';
const STEP_DEADLINE_MS = 90_000;
/** A pass finds what others wrote under an older key during the one before; those that seal with it still would keep it going for ever. */
const MOST_PASSES = 5;

interface Rotation {
  readonly resealed: number;
  readonly unreadable: number;
  readonly status: KeyStatusView;
}

/** `zena-crm keys`: what is sealed under which encryption key; needs a token with the scope `ops`. */
export function keysCommand(cli: Cli, ends: Ends): Command {
  return new Command('keys')
    .description('the encryption keys by id, for operators (scope ops)')
    .addCommand(
      new Command('status')
        .description(
          'what is sealed under each key, and which may be taken away; exit code 6 where one is missing',
        )
        .addOption(outputOption())
        .action(ends(async (options: OutputOptions) => showStatus(cli, options))),
    )
    .addCommand(
      new Command('rotate')
        .description('seal every connection anew under the current key, while deliveries go on')
        .addOption(outputOption())
        .action(ends(async (options: OutputOptions) => rotateKeys(cli, options))),
    );
}

async function showStatus(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const status = (await client.call({ method: 'GET', path: KEYS_PATH })) as KeyStatusView;
  writeObject(cli, output, status, () => keyStatusText(status));
  return missingKeys(status.keys).length === 0 ? EXIT.done : EXIT.problems;
}

/** `zena-crm keys rotate`: step by step until everything is sealed under the current key. */
async function rotateKeys(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const rotation = await rotateAll(cli, client);
  writeObject(cli, output, rotation, () => rotationText(rotation));
  return rotation.status.rotated ? EXIT.done : EXIT.problems;
}

async function rotateAll(cli: Cli, client: ApiClient): Promise<Rotation> {
  const before = (await client.call({ method: 'GET', path: KEYS_PATH })) as KeyStatusView;
  let total = 0;
  for (let pass = 1; ; pass += 1) {
    const ended = await onePass(cli, client, before.currentKeyId, (resealed) => {
      total += resealed;
      cli.stderr.write(`${total} of ${Math.max(total, before.toReseal)} connections sealed anew\n`);
    });
    const { resealed, unreadable, status } = ended;
    const moreToDo = !status.rotated && status.toReseal > unreadable && (resealed > 0 || pass === 1);
    if (!moreToDo || pass === MOST_PASSES) return { resealed: total, unreadable, status };
  }
}

async function onePass(
  cli: Cli,
  client: ApiClient,
  keyId: string,
  onStep: (resealed: number) => void,
): Promise<Rotation> {
  let cursor: string | null = null;
  let resealed = 0;
  let unreadable = 0;
  for (;;) {
    const step = await takeStep(cli, client, { keyId, cursor });
    resealed += step.resealed;
    unreadable += step.unreadable;
    if (step.resealed > 0) onStep(step.resealed);
    if (step.status !== null) return { resealed, unreadable, status: step.status };
    if (step.nextCursor === null)
      throw new CommandFailure(EXIT.failed, 'The service did not say how it ended.');
    cursor = step.nextCursor;
  }
}

async function takeStep(
  cli: Cli,
  client: ApiClient,
  body: { readonly keyId: string; readonly cursor: string | null },
): Promise<RotationStepView> {
  try {
    return (await client.call({
      method: 'POST',
      path: `${KEYS_PATH}/rotate`,
      deadlineMs: STEP_DEADLINE_MS,
      body: JSON.stringify(body),
    })) as RotationStepView;
  } catch (error) {
    cli.stderr.write('What was sealed anew stays so; zena-crm keys rotate goes on with the rest.\n');
    throw error;
  }
}

function rotationText({ resealed, unreadable, status }: Rotation): string {
  return [
    `${resealed} connections sealed anew`,
    ...(unreadable === 0
      ? []
      : [
          `problem: the credentials of ${unreadable} connections don't open with the keys that are here; they were left as they are`,
        ]),
    '',
    keyStatusText(status),
  ].join('\n');
}

/** The keys as people read them, and what may be done next. */
function keyStatusText(status: KeyStatusView): string {
  const { keys, toReseal, rotated } = status;
  const removable = keys.filter(({ role, needed }) => role === 'retired' && !needed);
  return [
    table(keys, KEY_COLUMNS),
    '',
    rotated
      ? 'Everything is sealed under the current key.'
      : `${toReseal} connections ${toReseal === 0 ? 'and the canary ' : ''}are to be sealed anew: zena-crm keys rotate`,
    ...(removable.length === 0
      ? []
      : [`May be taken out of ENCRYPTION_KEYS_RETIRED: ${removable.map(({ keyId }) => keyId).join(', ')}`]),
    ...missingText(status),
  ].join('\n');
}

function missingText({ keys }: KeyStatusView): string[] {
  return missingKeys(keys).map(
    ({ keyId, connections }) =>
      `problem: ${keyId} is not here, and ${connections} connections need it. Add it to ENCRYPTION_KEYS_RETIRED, or let those users connect again.`,
  );
}

/** Keys that something is sealed under and that the service lacks. */
function missingKeys(keys: readonly KeyView[]): readonly KeyView[] {
  return keys.filter(({ role }) => role === 'missing');
}
