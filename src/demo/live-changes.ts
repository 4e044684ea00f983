import type { Random } from '../runtime/random.ts';
import type { DemoChange, OfficeBook } from './office-book.ts';
import { NOTES, PEOPLE } from './office-people.ts';
import { ADDRESSES, MILESTONES, NEXT_ACTIONS, STAGES } from './office-properties.ts';
import { contactIn, contactOf, dealId, dealIn, pick, propertyId } from './office.ts';

const DEALS = 12;
const MOST_ENQUIRIES = 200;
const KEPT_NOTES = 4;
const KEPT_MILESTONES = 6;
const DAY_MS = 86_400_000;

type MakeChange = () => DemoChange;

/** What goes on in the office from then on, a change a call, without end. */
export function createLiveChanges(book: OfficeBook, random: Random, now: () => number): MakeChange {
  let enquiries = 0;

  const note: MakeChange = () => {
    const id = `contact-${1 + Math.floor(random.next() * PEOPLE.length)}`;
    const contact = contactIn(book.read('contact', id));
    const relationshipNotes = [...contact.relationshipNotes, pick(NOTES, random)].slice(-KEPT_NOTES);
    return book.write(id, { kind: 'contact', contact: { ...contact, relationshipNotes } });
  };
  const phone: MakeChange = () => {
    const id = `contact-${1 + Math.floor(random.next() * PEOPLE.length)}`;
    const contact = contactIn(book.read('contact', id));
    const number = String(Math.floor(random.next() * 10_000)).padStart(4, '0');
    return book.write(id, { kind: 'contact', contact: { ...contact, phones: [`(02) 5550 ${number}`] } });
  };
  const enquiry: MakeChange = () => {
    if (enquiries === MOST_ENQUIRIES) return note();
    enquiries += 1;
    const [first = '', ...rest] = pick(PEOPLE, random)[0].split(' ');
    const family = pick(PEOPLE, random)[0].split(' ').at(-1) ?? rest.join(' ');
    const email = `enquiry.${enquiries}@example.com`;
    const contact = contactOf([`${first} ${family}`, email, '0491 579 455', 'buyer'], random);
    return book.write(`enquiry-${enquiries}`, { kind: 'contact', contact });
  };
  const stage: MakeChange = () => {
    const id = dealId(Math.floor(random.next() * DEALS));
    const deal = dealIn(book.read('deal', id));
    const next = STAGES[STAGES.findIndex((name) => name === deal.stage) + 1];
    if (next === undefined) return action();
    return book.write(id, { kind: 'deal', deal: { ...deal, stage: next } });
  };
  const action: MakeChange = () => {
    const id = dealId(Math.floor(random.next() * DEALS));
    const deal = dealIn(book.read('deal', id));
    const others = NEXT_ACTIONS.filter((text) => text !== deal.nextAction);
    return book.write(id, { kind: 'deal', deal: { ...deal, nextAction: pick(others, random) } });
  };
  const milestone: MakeChange = () => {
    const id = propertyId(Math.floor(random.next() * ADDRESSES.length));
    const body = book.read('property', id);
    if (body.kind !== 'property') return note();
    const date = Math.floor(now() / DAY_MS) * DAY_MS + Math.floor(random.next() * 48) * 1_800_000;
    const added = { type: pick(MILESTONES, random), date, notes: null };
    const milestones = [...body.property.milestones, added].slice(-KEPT_MILESTONES);
    return book.write(id, { kind: 'property', property: { ...body.property, milestones } });
  };

  const kinds: readonly MakeChange[] = [note, note, phone, enquiry, stage, action, milestone];
  return () => pick(kinds, random)();
}
