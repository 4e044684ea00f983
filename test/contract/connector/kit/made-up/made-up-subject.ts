import { contactBody } from '../../../../support/builders.ts';
import type { JsonObject } from '../../../../../src/domain/json.ts';
import type { KitSubject, PeopleAct } from '../kit-subject.ts';
import { kitSamples } from '../kit-samples.ts';
import { BAD_NAME, type MadeUpCrm, openMadeUpCrm } from './made-up-crm.ts';
import { LONGEST_NAME, madeUp } from './made-up-connector.ts';

const { contact, property } = kitSamples();
const full = contact.full.kind === 'contact' ? contact.full.contact : null;
const heldBy = (crm: Parameters<PeopleAct['act']>[1], kind: 'contact' | 'property', id: string) =>
  crm.records(kind).find((one) => one.id === id);

const nickname = (kind: 'contact' | 'property'): PeopleAct => ({
  name: 'a nickname',
  act: (id, crm) => (crm as MadeUpCrm).edit(kind, id, { nickname: 'Countess' }),
  stands: (id, crm) => heldBy(crm, kind, id)?.['nickname'] === 'Countess',
});

const added = (kind: 'contact' | 'property', field: string, entry: string | JsonObject): PeopleAct => ({
  name: `an entry of ${field}`,
  act(id, crm) {
    const held = heldBy(crm, kind, id)?.[field];
    (crm as MadeUpCrm).edit(kind, id, { [field]: [...(Array.isArray(held) ? held : []), entry] });
  },
  stands: (id, crm) => JSON.stringify(heldBy(crm, kind, id)?.[field]).includes(JSON.stringify(entry)),
});

export const madeUpSubject: KitSubject = {
  name: 'A made-up CRM',
  definition: madeUp,
  page: {},
  samples: {
    contact: {
      ...contact,
      updates: {
        ...contact.updates,
        tags: contactBody({ ...full, role: 'vendor' }),
        notes: contactBody({ ...full, relationshipNotes: ['Met at the open home.', 'Called again.'] }),
      },
      refused: { body: contactBody({ ...full, name: 'x'.repeat(LONGEST_NAME + 1) }), field: 'name' },
      bad: contactBody({ ...full, name: BAD_NAME }),
      people: [nickname('contact')],
      lists: [
        added('contact', 'emails', { value: 'countess@example.test', label: 'home' }),
        added('contact', 'tags', 'their-tag'),
        added('contact', 'notes', 'Plays chess.'),
      ],
    },
    property: {
      ...property,
      people: [nickname('property')],
      lists: [added('property', 'owners', 'their-owner')],
    },
  },
  open: openMadeUpCrm,
};
