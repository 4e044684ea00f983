import { connectClient } from '../../client/connect-client.ts';
import type { DeadLetterDetailsView } from '../../http/views/dead-letter-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { printable } from '../../terminal/display-width.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeObject } from '../../terminal/output.ts';
import { shortTime } from '../../terminal/show-time.ts';
import type { OutputOptions } from '../input/command-options.ts';
import { LETTERS_PATH } from './list-letters.ts';

export async function showLetter(cli: Cli, id: string, { output }: OutputOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const path = `${LETTERS_PATH}/${encodeURIComponent(id)}`;
  const letter = (await client.call({ method: 'GET', path })) as DeadLetterDetailsView;
  writeObject(cli, output, letter, () => letterText(letter));
  return EXIT.done;
}

function letterText(letter: DeadLetterDetailsView): string {
  const { remedy, fields, source, event } = letter;
  const facts: readonly (readonly [string, string | null])[] = [
    [
      'what it is',
      letter.kind === 'decode' ? 'an event that could not be read' : 'a record that was given up',
    ],
    ['status', letter.status],
    ['record', letter.entityId === null ? letter.entity : `${letter.entity}/${letter.entityId}`],
    ['user', letter.userId],
    ['CRM', letter.provider],
    [
      'came from',
      source === null ? null : `${source.topic}, partition ${source.partition}, offset ${source.offset}`,
    ],
    ['failed', `${shortTime(letter.failedAt) ?? ''} (first ${shortTime(letter.firstFailedAt) ?? ''})`],
    ['attempts', `${letter.attempts}, replays ${letter.replays}`],
    ['now', stateText(letter)],
    ['a replay would', replayText(letter)],
  ];
  return [
    `${letter.code}: ${printable(letter.detail)}`,
    ...fields.map(({ field, message }) => `  ${printable(field)}: ${printable(message)}`),
    '',
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(15)} ${printable(value)}`])),
    '',
    remedy.meaning,
    `To be fixed by: ${remedy.whoCanFix}. ${remedy.whatToDo}`,
    ...(event?.valueText == null ? [] : ['', 'The event as it came:', printable(event.valueText)]),
    ...(event != null && event.valueText === null
      ? ['', `The event's ${event.valueBytes} bytes are in --output json (base64).`]
      : []),
  ].join('\n');
}

function stateText({ record, link, linkState, revision, connection }: DeadLetterDetailsView): string | null {
  if (linkState === null || link === null) return null;
  const newer = record !== null && revision !== null && record.revision > revision;
  return [
    `link ${linkState}`,
    link.remoteId === null ? 'no CRM record' : `CRM record ${link.remoteId}`,
    ...(newer ? ['changed in Zena since'] : []),
    ...(record?.deleted === true ? ['deleted in Zena'] : []),
    ...(connection === null ? [] : [`connection ${connection.status}, ${connection.health}`]),
  ].join('; ');
}

function replayText({ replayWould, willFailAgain }: DeadLetterDetailsView): string {
  switch (replayWould) {
    case 'deliver':
      return willFailAgain ? 'send it, and most likely fail again' : "send the record's present state";
    case 'decode':
      return 'read the event again';
    case 'superseded':
      return 'do nothing: its link has moved on';
    case 'parked':
      return 'do nothing: it was replayed as often as it may be';
  }
}
