import type { Bench, Goal } from '../harness/bench.ts';
import { countEditCalls, EDIT_CLASSES, mixedEdits, type EditClass } from '../stages/edit-calls.ts';
import { EDIT_SUBJECTS, type EditSubject } from '../stages/edit-subjects.ts';
import type { FigureRow } from '../../test/reliability/report.ts';

const KINDS = ['mixed', ...EDIT_CLASSES] as const;
type Kind = (typeof KINDS)[number];

const WORDS: Readonly<Record<Kind, string>> = {
  mixed: 'of a hundred edits 90 of one core field, 5 of a phone, 5 of a note',
  core: 'one core field',
  entry: 'a phone',
  note: 'a note',
};

/** How many edits are counted: calls are counted and not measured, so that few say as much as many. */
const EDITS = { quick: 20, whole: 100 };

/** What an edit of a user's costs in calls, of every connector. */
export const editsBench: Bench = {
  name: 'edits',
  title: 'Edits: calls to the CRM for what a user changes',
  measures:
    'How many requests one edit of a contact costs at each CRM, over the whole core and the CRM’s sandbox: all together, and each class alone.',
  async run({ quick, progress }) {
    const rows: FigureRow[] = [];
    const goals: Goal[] = [];
    const wrong: string[] = [];
    for (const { subject, atMost } of EDIT_SUBJECTS) {
      for (const kind of KINDS) {
        progress(`${subject.name}: ${kind}`);
        const counted = await countEditCalls(subject, editsOf(kind, quick ? EDITS.quick : EDITS.whole));
        const figure = `${subject.name}, ${WORDS[kind]}: calls an edit`;
        rows.push({ figure, values: [counted.perEdit], unit: '' });
        if (kind === 'mixed') {
          rows.push({ figure: `${subject.name}: looks an edit`, values: [counted.looksPerEdit], unit: '' });
          rows.push({ figure: `${subject.name}: facts an edit`, values: [counted.factsPerEdit], unit: '' });
        }
        goals.push(...goalOf({ subject, atMost }, kind, figure, counted.perEdit));
        wrong.push(...counted.wrong.map((one) => `${subject.name}, ${kind}: ${one}`));
      }
    }
    return { rows, goals, notes: NOTES, wrong };
  },
};

const NOTES = [
  'A tenth of the contacts were there before and are adopted. Looks at what people changed meanwhile (one a minute and kind at the most) and reads of what mapping has to know of the account are counted apart: how many there are goes by time, and here an edit comes every 10 s.',
];

export function editsOf(kind: Kind, edits: number): readonly EditClass[] {
  return kind === 'mixed' ? mixedEdits(edits) : Array.from({ length: edits }, () => kind);
}

function goalOf({ atMost }: EditSubject, kind: Kind, figure: string, value: number): Goal[] {
  const most = atMost[kind];
  return most === undefined ? [] : [{ goal: figure, atMost: most, values: [value] }];
}
