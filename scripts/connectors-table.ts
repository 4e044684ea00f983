import { capabilitiesOf, type RecordVerb } from '../src/connectors/capabilities.ts';
import { MAPPED_FIELDS, type ConnectorPage } from '../src/connectors/connector-page.ts';
import type { CrmConnector } from '../src/connectors/connector.port.ts';
import { isUsualPlaceholder } from '../src/domain/canonical/placeholder-emails.ts';
import { ENTITY_KINDS } from '../src/domain/entity.ts';
import { DEFINITIONS } from '../src/service/create-connectors.ts';
import { gradeCounts, nameOf } from './connectors-page.ts';

const BEGIN = '<!-- connectors: written by npm run docs:connectors -->\n<!-- prettier-ignore-start -->\n';
const END = '<!-- prettier-ignore-end -->\n<!-- /connectors -->';

/** What works with what, one CRM a row, in Markdown. */
export function connectorsTable(): string {
  const rows = DEFINITIONS.flatMap((definition) => {
    const means = { operator: {}, baseUrl: null, isPlaceholder: isUsualPlaceholder };
    return definition.page === undefined ? [] : [rowOf(definition.create(means), definition.page)];
  });
  return [
    '| CRM | contacts | properties | deals | notes | fields of 19 | many in a call | facts of its API |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** A document with the table between its markers made current. Throws where the markers are missing. */
export function withConnectorsTable(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error('the document has no markers for the connectors');
  return document.slice(0, begin + BEGIN.length) + connectorsTable() + document.slice(end);
}

function rowOf(connector: CrmConnector, { folder, fieldTable }: ConnectorPage): string {
  const { kinds, batch } = capabilitiesOf(connector);
  const carried = MAPPED_FIELDS.filter((field) => 'in' in fieldTable[field]).length;
  const hasNotes = 'in' in fieldTable['contact.notes'];
  const cells = [
    nameOf(connector) + (connector.dialect === undefined ? '' : ` (${connector.dialect})`),
    ...ENTITY_KINDS.map((kind) => (kinds[kind] === undefined ? 'no' : done(kinds[kind]))),
    hasNotes ? 'yes' : 'no',
    String(carried),
    batch ? 'yes' : 'no',
    known(folder),
  ];
  return `| ${cells.join(' | ')} |`;
}

const DONE = { create: 'made', update: 'kept equal', delete: 'deleted' } as const;

function done(verbs: readonly RecordVerb[]): string {
  const names = Object.entries(DONE).filter(([verb]) => verbs.some((one) => one === verb));
  return names.map(([, name]) => name).join(', ');
}

/** Our own rules are no facts. */
function known(folder: string): string {
  const counts = { known: 0, 'known in part': 0, assumed: 0 };
  for (const [grade, count] of gradeCounts(folder)) {
    const isKnown = /verified|third|documented/.test(grade);
    const isAssumed = grade.includes('assumed');
    if (isKnown) counts[isAssumed ? 'known in part' : 'known'] += count;
    else if (isAssumed) counts.assumed += count;
  }
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
