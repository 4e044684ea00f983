import type { ConnectorKind, CrmHttp } from '../../src/connectors/connector.port.ts';
import type { EntityBody } from '../../src/domain/entity.ts';
import { openKitRun, type KitRun } from '../../test/contract/connector/kit/kit-run.ts';
import type { KitSubject } from '../../test/contract/connector/kit/kit-subject.ts';
import { contactBody } from '../../test/support/builders.ts';

/** What somebody changes of a contact. */
export const EDIT_CLASSES = ['core', 'entry', 'note'] as const;
export type EditClass = (typeof EDIT_CLASSES)[number];

/** What calls some edits cost. */
export interface EditCalls {
  /** Requests of all kinds but looks and facts, by edit. */
  readonly perEdit: number;
  /** Looks at what people changed meanwhile, by edit: how many there are goes by the time between edits. */
  readonly looksPerEdit: number;
  /** Reads of what mapping has to know of the account, by edit: by the time between edits, too. */
  readonly factsPerEdit: number;
  /** What of the end state is not as it has to be. */
  readonly wrong: readonly string[];
}

const RECORDS = 10;
/** The first record of so many was people's, and is adopted. */
const ADOPTED_OF = 10;
/** Between one edit and the next: so that each is an edit of its own, ms. */
const APART_MS = 10_000;

/** Of a hundred edits 90 change one field of the core, 5 a phone or an e-mail, 5 a note: spread evenly. */
export function mixedEdits(edits: number): readonly EditClass[] {
  return Array.from({ length: edits }, (_, n) => (n % 20 === 7 ? 'entry' : n % 20 === 15 ? 'note' : 'core'));
}

/**
 * Edits contacts that are in a connector's sandbox already, one after the other, through the whole core on a virtual clock, and counts what goes
 * over the wire. It counts, and measures no time.
 */
export async function countEditCalls(subject: KitSubject, edits: readonly EditClass[]): Promise<EditCalls> {
  const looks = { count: 0 };
  const run = await openKitRun(countingLooks(subject, looks));
  try {
    const states = Array.from({ length: RECORDS }, (_, n) => firstState(n));
    for (const [n, state] of states.entries()) {
      if (n % ADOPTED_OF === 0) await run.someoneMakes(bodyOf(n, state));
      await run.core.upsert(idOf(n), bodyOf(n, state));
      await run.core.converge();
    }
    const before = run.count('contact');
    const [sent, looked] = [run.wire.sent.length, looks.count];
    for (const [at, edit] of edits.entries()) {
      const n = at % RECORDS;
      const state = edited(states[n] ?? firstState(n), edit, at);
      states[n] = state;
      await run.core.clock.advance(APART_MS);
      await run.core.upsert(idOf(n), bodyOf(n, state));
      await run.core.converge();
    }
    const looksMade = looks.count - looked;
    const made = run.wire.sent.slice(sent);
    const facts = made.filter(({ act }) => act?.kind === null && act.does === 'look').length;
    return {
      perEdit: (made.length - looksMade - facts) / edits.length,
      factsPerEdit: facts / edits.length,
      looksPerEdit: looksMade / edits.length,
      wrong: await wrongIn(run, before),
    };
  } finally {
    await run.close();
  }
}

interface EditState {
  readonly name: string;
  readonly phones: readonly string[];
  readonly notes: readonly string[];
}

const idOf = (n: number): string => `edit-${String(n)}`;
const firstState = (n: number): EditState => ({
  name: `Ada Number${String(n)}`,
  phones: [`+64 21 555 0${String(100 + n)}`],
  notes: ['Met at the open home.'],
});

function edited(state: EditState, edit: EditClass, at: number): EditState {
  if (edit === 'core') return { ...state, name: `${state.name.split(' ')[0] ?? ''} Edited${String(at)}` };
  if (edit === 'note') return { ...state, notes: [...state.notes, `Called, ${String(at)}.`] };
  return { ...state, phones: [`+64 21 556 ${String(1_000 + at)}`] };
}

function bodyOf(n: number, { name, phones, notes }: EditState): EntityBody {
  const emails = [`edit.${String(n)}@example.test`];
  return contactBody({ name, emails, phones, role: 'buyer', relationshipNotes: notes });
}

/** A look is one call of `changes`, however many pages it has. */
function countingLooks(subject: KitSubject, looks: { count: number }): KitSubject {
  const { definition } = subject;
  const { contact } = definition.kinds;
  const { changes } = contact ?? {};
  if (contact === undefined || changes === undefined) return subject;
  const counted: ConnectorKind = {
    ...contact,
    changes: async (http, since, limit) => {
      const counting: CrmHttp = {
        ...http,
        request(request) {
          looks.count += 1;
          return http.request(request);
        },
      };
      return await changes(counting, since, limit);
    },
  };
  return { ...subject, definition: { ...definition, kinds: { ...definition.kinds, contact: counted } } };
}

async function wrongIn({ core, count }: KitRun, before: number): Promise<string[]> {
  const links = await Promise.all(Array.from({ length: RECORDS }, (_, n) => core.link('contact', idOf(n))));
  const open = links.filter((link) => link?.shadow == null || link.dead !== null || link.nextAt !== null);
  return [
    ...(open.length === 0 ? [] : [`${String(open.length)} of ${String(RECORDS)} records are not delivered`]),
    ...(before === RECORDS ? [] : [`${String(before)} records were made of ${String(RECORDS)}`]),
    ...(count('contact') === before ? [] : ['an edit made a record']),
  ];
}
