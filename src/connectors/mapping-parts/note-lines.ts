import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import type { Deal, Milestone, Property } from '../../domain/entity.ts';
import { dayOf } from '../../domain/events/day-of.ts';

/** A person's notes as they are sent: each as it was written, but for marks that nobody sees and ones that say nothing. */
export function realNotes(notes: readonly string[]): readonly string[] {
  return notes.map(visibleText).filter((note) => note.trim() !== '');
}

/** A milestone as one line, `2026-05-01 auction: on site`, for a CRM that has no place of its own for it. */
export function milestoneLine(milestone: Milestone, timeZone: string): string {
  const named = `${dayOf(milestone, timeZone)} ${oneLine(milestone.type)}`.trim();
  const notes = oneLine(milestone.notes ?? '');
  return notes === '' ? named : `${named}: ${notes}`;
}

export function milestoneLines(
  { milestones }: Pick<Property, 'milestones'>,
  timeZone: string,
): readonly string[] {
  return [...new Set(milestones.map((milestone) => milestoneLine(milestone, timeZone)))];
}

/** What Zena says of a property's risk, line by line; none where it says nothing. */
export function propertyRiskLines({ riskOverview }: Pick<Property, 'riskOverview'>): readonly string[] {
  return labelled([['Risk', riskOverview]]);
}

/** Of a deal's, with what is flagged. */
export function dealRiskLines({
  riskLevel,
  riskFlags,
}: Pick<Deal, 'riskLevel' | 'riskFlags'>): readonly string[] {
  return labelled([
    ['Risk', riskLevel],
    [
      'Risk flags',
      riskFlags
        .map(oneLine)
        .filter((flag) => flag !== '')
        .join(', '),
    ],
  ]);
}

/** What is to be done next in a deal, and by whom. */
export function nextActionLines({
  nextAction,
  nextActionOwner,
}: Pick<Deal, 'nextAction' | 'nextActionOwner'>): readonly string[] {
  return labelled([
    ['Next action', nextAction],
    ['Next action by', nextActionOwner],
  ]);
}

/** `Label: what it says`, for what says something. A line stays one, so that it can be found again. */
export function labelled(
  lines: readonly (readonly [label: string, text: string | null])[],
): readonly string[] {
  return lines.flatMap(([label, text]) => {
    const said = oneLine(text ?? '');
    return said === '' ? [] : [`${label}: ${said}`];
  });
}

function oneLine(text: string): string {
  return visibleText(text).replace(/\s+/gu, ' ').trim();
}
