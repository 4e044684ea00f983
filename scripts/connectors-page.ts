import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { capabilitiesOf } from '../src/connectors/capabilities.ts';
import { KIT_CASES, MAPPED_FIELDS, type ConnectorPage } from '../src/connectors/connector-page.ts';
import type { ConnectorLimits, CrmConnector } from '../src/connectors/connector.port.ts';
import { leftOut } from '../src/connectors/left-out.ts';
import { isUsualPlaceholder } from '../src/domain/canonical/placeholder-emails.ts';
import { ENTITY_KINDS } from '../src/domain/entity.ts';
import type { Remedies } from '../src/domain/deciding/remedy.ts';
import { PROVIDERS } from '../src/domain/providers.ts';
import { DEFINITIONS } from '../src/service/create-connectors.ts';

const CONNECTORS = resolve(import.meta.dirname, '../src/connectors');

/** All connectors as people read of them, in Markdown. */
export function connectorsPage(): string {
  const parts = DEFINITIONS.flatMap((definition) => {
    const means = { operator: {}, baseUrl: null, isPlaceholder: isUsualPlaceholder };
    return definition.page === undefined
      ? []
      : [partOf(definition.create(means), definition.page, definition.remedies)];
  });
  return [
    '<!-- written by npm run docs:connectors -->',
    '<!-- prettier-ignore-start -->',
    '# Connectors',
    '',
    'What each CRM takes, how far that is known, and what its connector is held to. It is written of what the connectors declare, so it is never older than they are.',
    '',
    ...parts.flat(),
    '<!-- prettier-ignore-end -->',
    '',
  ].join('\n');
}

function partOf(connector: CrmConnector, page: ConnectorPage, remedies: Remedies = {}): string[] {
  const { id, dialect, knownGaps, limits } = connector;
  const name = nameOf(connector);
  return [
    `## ${name} (\`${id}\`${dialect === undefined ? '' : `, dialect \`${dialect}\``})`,
    '',
    ...gradesOf(page.folder),
    '',
    '| kind | can be | looked for by |',
    '| --- | --- | --- |',
    ...kindRows(connector, page),
    '',
    `Limits: ${limitsOf(limits)}.`,
    '',
    '| Zena | where it lands |',
    '| --- | --- |',
    ...MAPPED_FIELDS.map((field) => {
      const landing = page.fieldTable[field];
      return `| ${field} | ${'in' in landing ? landing.in : `not carried: ${landing.notCarried}`} |`;
    }),
    '',
    ...(knownGaps.length === 0 ? [] : ['To know:', '', ...knownGaps.map((gap) => `- ${gap}`), '']),
    ...givesUp(remedies),
    ...leavesOut(connector, page),
    '',
  ];
}

export function nameOf({ name, id }: CrmConnector): string {
  return name ?? PROVIDERS.find((one) => one.id === id)?.name ?? id;
}

function kindRows(connector: CrmConnector, { keys }: ConnectorPage): string[] {
  const { kinds } = capabilitiesOf(connector);
  return ENTITY_KINDS.map((kind) => {
    const verbs = kinds[kind];
    return `| ${kind} | ${verbs === undefined ? 'not supported: it rests, and nobody waits for it' : verbs.join(', ')} | ${keys[kind]} |`;
  });
}

function limitsOf({
  requestsPerSecond,
  requestsPerDay,
  keptForLive = 0,
  contexts,
  searchLagMs,
}: ConnectorLimits): string {
  const each = contexts?.all.map(
    ({ name, calls, windowMs, of }) => `${calls} calls in ${windowMs / 1_000} s for ${name} (of the ${of})`,
  );
  return [
    `${requestsPerSecond} requests a second`,
    ...(requestsPerDay === null
      ? []
      : [`${requestsPerDay} in a UTC day, in fair shares between the accounts of a budget`]),
    ...(keptForLive === 0 ? [] : [`the last ${keptForLive * 100} % of them for what people just changed`]),
    ...(each ?? []),
    `search may be ${searchLagMs / 1_000} s behind`,
  ].join('; ');
}

/** What its own codes of dead letters mean; the others are on docs/dead-letters.md. */
function givesUp(remedies: Remedies): string[] {
  const rows = Object.entries(remedies).map(
    ([code, { meaning, whoCanFix, whatToDo }]) => `| \`${code}\` | ${meaning} | ${whoCanFix} | ${whatToDo} |`,
  );
  if (rows.length === 0) return [];
  return ['| given up | meaning | who can fix it | what to do |', '| --- | --- | --- | --- |', ...rows, ''];
}

function leavesOut(connector: CrmConnector, page: ConnectorPage): string[] {
  const out = leftOut(connector, page);
  if (out.length === 0) return ['The conformance kit leaves nothing out.'];
  return [
    'The conformance kit leaves out:',
    '',
    '| of | case | because |',
    '| --- | --- | --- |',
    ...out.map(
      ({ kind, case: name, reason }) => `| ${kind ?? 'the connector'} | ${KIT_CASES[name]} | ${reason} |`,
    ),
  ];
}

function gradesOf(folder: string): string[] {
  const told = [...gradeCounts(folder)].map(([grade, count]) => `${count} ${grade}`).join(', ');
  const page = `[what is known of its API](../src/connectors/${folder}/README.md)`;
  return [told === '' ? `See ${page}.` : `Facts, each graded in ${page}: ${told}.`];
}

/** How many facts of a connector's README are of each grade. */
export function gradeCounts(folder: string): ReadonlyMap<string, number> {
  const readme = readFileSync(resolve(CONNECTORS, folder, 'README.md'), 'utf8');
  const counts = new Map<string, number>();
  for (const line of readme.split('\n')) {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const grade = line.startsWith('|') ? (cells.at(-2) ?? '') : '';
    if (GRADES.test(grade)) counts.set(grade, (counts.get(grade) ?? 0) + 1);
  }
  return counts;
}

const GRADES =
  /^(?:verified|third|documented|assumed|our rule)(?: \/ (?:verified|third|documented|assumed|our rule))*$/;
