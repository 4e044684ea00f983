import type { MutationEnd } from './mutate-defences.ts';
import type { TestEnd } from './run-jest.ts';

const INTRODUCTION = `# Attacks tried, and what happened

Written by \`npm run security\`, which runs the attacks below and then takes the defences out one at a time; it ends with 1 when one
of them succeeded or one is not missed. The attacks are a part of \`npm test\` too; \`npm run security:mutations\` is the second half
alone. No attack leaves the machine: listeners, name server, key issuer and CRM are the tests' own, on loopback addresses.
`;

/** The document: every class of attack with its cases and how they ended, then what happens without each defence. No times. */
export function securityReport(
  tests: readonly TestEnd[],
  broken: readonly string[],
  ends: readonly MutationEnd[],
): string {
  const failed = tests.filter(({ passed }) => !passed).length;
  return [
    INTRODUCTION,
    '<!-- prettier-ignore-start -->\n',
    `${tests.length} cases, ${tests.length - failed} held, ${failed} did not${broken.length > 0 ? `; not run: ${broken.join(', ')}` : ''}.`,
    ...sectionsOf(tests),
    '\n## Without its defence\n',
    'Each row is one change of the source that takes a defence out. _missed_: tests failed, as they must.\n',
    '| defence | file | without it |',
    '| --- | --- | --- |',
    ...ends.map(
      ({ mutation, end }) => `| ${cell(mutation.defence)} | \`${mutation.file}\` | ${wordFor(end)} |`,
    ),
    '\n<!-- prettier-ignore-end -->\n',
  ].join('\n');
}

function sectionsOf(tests: readonly TestEnd[]): readonly string[] {
  return [...Map.groupBy(tests, ({ file }) => file)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([file, inFile]) => [
      `\n## ${file}\n`,
      '| attack | cases | what happened |',
      '| --- | ---: | --- |',
      ...[...Map.groupBy(inFile, ({ blocks }) => blocks.join(': '))].map(([name, cases]) => {
        const held = cases.filter(({ passed }) => passed).length;
        const end = held === cases.length ? 'held' : `${cases.length - held} GOT THROUGH`;
        return `| ${cell(name)} | ${cases.length} | ${end} |`;
      }),
    ]);
}

function wordFor(end: MutationEnd['end']): string {
  return { red: 'missed', survived: 'NOT MISSED', broken: 'NOT RUN' }[end];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
