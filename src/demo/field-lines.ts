import type { MappedField } from '../connectors/connector-page.ts';
import { clip, displayWidth, pad } from '../terminal/display-width.ts';
import type { FieldCount } from './compare-with-crm.ts';
import type { CrmComparison } from './demo-work.ts';

const FIELD = 24;
const WIDEST_COLUMN = 18;
const WIDTH = 76;

/** Field by field, how many records of each CRM say what Zena says; and what isn't carried, with the reason. */
export function fieldLines(crms: readonly CrmComparison[]): readonly string[] {
  const [first] = crms;
  if (first === undefined) return [];
  const column = Math.min(WIDEST_COLUMN, Math.floor((WIDTH - FIELD) / crms.length));
  const titles = crms.map(({ name }) => pad(clip(name, column - 1), column, 'right')).join('');
  const rows = first.comparison.fields.map(({ field }) => {
    const cells = crms.map(({ comparison }) =>
      cellOf(comparison.fields.find((each) => each.field === field)),
    );
    return `${pad(fieldText(field), FIELD)}${cells.map((cell) => pad(cell, column, 'right')).join('')}`;
  });
  const gaps = crms.flatMap((crm) => notCarriedLines(crm, crms.length > 1));
  return [
    `${pad('field by field', FIELD)}${titles}`,
    ...rows,
    ...(gaps.length === 0 ? [] : ['', 'Not carried (–):', ...gaps]),
  ];
}

function cellOf(count: FieldCount | undefined): string {
  return count === undefined || count.notCarried !== null ? '–' : `${count.equal}/${count.of}`;
}

/** `deal.nextAction`: `deal next action`. */
function fieldText(field: MappedField): string {
  return field.replace('.', ' ').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Fields of one reason together. */
function notCarriedLines({ name, comparison }: CrmComparison, isNamed: boolean): string[] {
  const reasons = new Map<string, string[]>();
  for (const { field, notCarried } of comparison.fields) {
    if (notCarried === null) continue;
    reasons.set(notCarried, [...(reasons.get(notCarried) ?? []), fieldText(field)]);
  }
  return [...reasons].flatMap(([reason, fields]) =>
    wrapped(`${isNamed ? `${name}, ` : ''}${fields.join(', ')}: ${reason.replaceAll('`', '')}`),
  );
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || displayWidth(last) + 1 + displayWidth(word) > WIDTH)
      lines.push(lines.length === 0 ? word : `  ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
