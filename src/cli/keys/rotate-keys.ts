import type { KeyStatusView, RotationStepView } from '../../http/views/key-view.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { connectClient } from '../../client/connect-client.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputOptions, writeObject } from '../../terminal/output.ts';
import { keyStatusText } from './key-answers.ts';

const STEP_DEADLINE_MS = 90_000;
/** A pass finds what others wrote under an older key during the one before; those that seal with it still would keep it going for ever. */
const MOST_PASSES = 5;

interface Rotation {
  readonly resealed: number;
  readonly unreadable: number;
  readonly status: KeyStatusView;
}

/** `zena-crm keys rotate`: step by step until everything is sealed under the current key. */
export async function rotateKeys(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const rotation = await rotateAll(cli, client);
  writeObject(cli, output, rotation, () => rotationText(rotation));
  return rotation.status.rotated ? EXIT.done : EXIT.problems;
}

async function rotateAll(cli: Cli, client: ApiClient): Promise<Rotation> {
  const before = (await client.call({ method: 'GET', path: '/api/ops/keys' })) as KeyStatusView;
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
      ...{ method: 'POST', path: '/api/ops/keys/rotate', deadlineMs: STEP_DEADLINE_MS },
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
