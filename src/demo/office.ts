import type { Contact, Deal, EntityBody, Property } from '../domain/entity.ts';
import type { Random } from '../runtime/random.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { createOfficeBook, type DemoChange, type OfficeBook } from './office-book.ts';
import { NOTES, PEOPLE, type Person, SPECIAL_PEOPLE } from './office-people.ts';
import { ADDRESSES, MILESTONES, NEXT_ACTIONS, RISKS, STAGES } from './office-properties.ts';

/** A made-up real-estate office: the same for the same seed and times. */
export interface Office {
  readonly book: OfficeBook;
  /** What it has when it connects, one list for each request; a deal comes before its property. */
  readonly history: readonly (readonly DemoChange[])[];
  /** What happens next: a burst of updates, a stage reached, somebody who leaves. Made once, when asked for. */
  afterwards(): readonly DemoChange[];
  /** The contact that the CRM refuses. */
  readonly refusedId: string;
}

export interface OfficeOptions {
  readonly userId: string;
  readonly seed: number;
  /** Epoch ms. */
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const DEALS = 12;
/** Its event comes before that of its property. */
const EARLY_DEAL = 6;
const BURST = 8;
const REFUSED_ID = 'kevin-sandgate';
const LEAVING_ID = 'patricia-holloway';

export function createOffice({ userId, seed, now }: OfficeOptions): Office {
  const random = seededRandom(seed);
  const book = createOfficeBook(userId, 'office-harbour', now);
  const today = Math.floor(now() / DAY_MS) * DAY_MS;
  const deals = Array.from({ length: DEALS }, (_, index) => dealOf(index, random));
  const writeDeal = (deal: Deal, index: number) => book.write(dealId(index), { kind: 'deal', deal });
  const early = deals.filter((_, index) => index === EARLY_DEAL).map((deal) => writeDeal(deal, EARLY_DEAL));
  const contacts = contactsOf(random).map(([id, contact]) => book.write(id, { kind: 'contact', contact }));
  const properties = ADDRESSES.map((address, index) =>
    book.write(propertyId(index), {
      kind: 'property',
      property: propertyOf(address, index, today, random),
    }),
  );
  const others = deals.flatMap((deal, index) => (index === EARLY_DEAL ? [] : [writeDeal(deal, index)]));
  return {
    book,
    history: [early, contacts, properties, others],
    refusedId: REFUSED_ID,
    afterwards: () => eventsAfterwards(book),
  };
}

export function propertyId(index: number): string {
  return `property-${index + 1}`;
}

export function dealId(index: number): string {
  return `deal-${index + 1}`;
}

/** One of a list, by chance. */
export function pick<T>(list: readonly T[], random: Pick<Random, 'next'>): T {
  const item = list[Math.floor(random.next() * list.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

function contactsOf(random: Random): [id: string, contact: Contact][] {
  const { known, couple, withoutEmail, oneWord, otherScripts, refused, leaving } = SPECIAL_PEOPLE;
  const numbered = [...PEOPLE, ...known, ...couple, withoutEmail, oneWord, ...otherScripts];
  const entries = numbered.map((person, index): [string, Person] => [`contact-${index + 1}`, person]);
  return [...entries, [REFUSED_ID, refused] as const, [LEAVING_ID, leaving] as const].map(([id, person]) => [
    id,
    contactOf(person, random),
  ]);
}

/** A person as Zena keeps one. */
export function contactOf([name, email, phone, role]: Person, random: Random): Contact {
  return {
    name,
    emails: email === null ? [] : [email],
    phones: [phone],
    role,
    relationshipNotes: random.next() < 0.6 ? [pick(NOTES, random)] : [],
    doNotContact: null,
    attributes: {},
  };
}

function someContact(random: Random): string {
  return `contact-${1 + Math.floor(random.next() * PEOPLE.length)}`;
}

function propertyOf(address: string, index: number, today: number, random: Random): Property {
  return {
    address,
    vendors: [someContact(random)],
    buyers: index % 3 === 0 ? [someContact(random), someContact(random)] : [],
    milestones: MILESTONES.slice(0, 1 + (index % 3)).map((type, step) => ({
      type,
      date: today - (40 - 12 * step) * DAY_MS,
      notes: step === 0 ? 'by the principal' : null,
    })),
    riskOverview: index % 4 === 0 ? 'The buyer waits for the bank' : null,
    attributes: {},
  };
}

function dealOf(index: number, random: Random): Deal {
  const address = ADDRESSES[index] ?? '';
  return {
    propertyId: propertyId(index),
    stage: pick(STAGES.slice(0, 4), random),
    riskLevel: pick(['low', 'medium', 'high'], random),
    riskFlags: random.next() < 0.5 ? [pick(RISKS, random)] : [],
    nextAction: pick(NEXT_ACTIONS, random),
    nextActionOwner: 'Hone Tautari',
    summary: `Sale of ${address.split(',')[0] ?? address}`,
    contacts: [someContact(random)],
    attributes: {},
  };
}

function eventsAfterwards(book: OfficeBook): readonly DemoChange[] {
  const burst = Array.from({ length: BURST }, (_, count) => {
    const contact = contactIn(book.read('contact', 'contact-1'));
    const note = `Viewing ${count + 1} arranged`;
    const relationshipNotes = [...contact.relationshipNotes, note].slice(-3);
    return book.write('contact-1', { kind: 'contact', contact: { ...contact, relationshipNotes } });
  });
  const deal = dealIn(book.read('deal', dealId(0)));
  const sold = book.write(dealId(0), { kind: 'deal', deal: { ...deal, stage: 'under contract' } });
  return [...burst, sold, book.remove('contact', LEAVING_ID)];
}

/** Narrows a body to the kind that the caller knows it to be. */
export function contactIn(body: EntityBody): Contact {
  if (body.kind !== 'contact') throw new TypeError(`a ${body.kind} is no contact`);
  return body.contact;
}

export function dealIn(body: EntityBody): Deal {
  if (body.kind !== 'deal') throw new TypeError(`a ${body.kind} is no deal`);
  return body.deal;
}
