import { createFollowUpBoss } from '../../../src/connectors/follow-up-boss/follow-up-boss.ts';
import { followUpBossPage } from '../../../src/connectors/follow-up-boss/page.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { createFubSandbox, type FubInProcess } from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import type { KitCrm, KitSubject, PeopleAct } from '../../contract/connector/kit/kit-subject.ts';
import { contactBody } from '../../support/builders.ts';

interface Crm extends KitCrm {
  readonly sandbox: FubInProcess;
}

const collectionOf = (kind: EntityKind): 'people' | 'deals' => (kind === 'deal' ? 'deals' : 'people');

const { contact, property, deal } = kitSamples();
const full = contact.full.kind === 'contact' ? contact.full.contact : null;

function heldBy({ sandbox }: Crm, kind: EntityKind, id: string): Readonly<Record<string, unknown>> {
  return sandbox.records(collectionOf(kind)).find((one) => one.id === id) ?? {};
}

/** People say something in a field, or add an entry to a list. */
function entered(kind: EntityKind, field: string, entry: string | number | JsonObject): PeopleAct {
  return {
    name: `${JSON.stringify(entry)} in ${field}`,
    act(id, crm) {
      const { sandbox } = crm as Crm;
      const held = heldBy(crm as Crm, kind, id)[field];
      const value = Array.isArray(held) ? ([...held, entry] as JsonObject[]) : entry;
      sandbox.editRecord(collectionOf(kind), id, { [field]: value });
    },
    stands(id, crm) {
      const text = JSON.stringify(heldBy(crm as Crm, kind, id)[field]) ?? '';
      return text.includes(JSON.stringify(entry).replace(/^"|"$|^\{|\}$/g, ''));
    },
  };
}

const noted: PeopleAct = {
  name: 'a note of theirs',
  act: (id, crm) => void (crm as Crm).sandbox.seed('notes', [{ personId: Number(id), body: 'Plays chess.' }]),
  stands: (_id, crm) => (crm as Crm).sandbox.records('notes').some(({ body }) => body === 'Plays chess.'),
};

/**
 * Follow Up Boss and everything that the kit needs of it.
 *
 * @param mergedAnswer what the id of somebody who was merged away answers, which isn't documented
 */
export const fubSubject = (mergedAnswer: 'gone' | 'alias' = 'gone'): KitSubject => ({
  name: 'Follow Up Boss',
  definition: createFollowUpBoss({
    operator: {},
    baseUrl: 'http://sandbox.invalid/v1',
    isPlaceholder: isUsualPlaceholder,
  }),
  page: followUpBossPage,
  samples: {
    contact: {
      ...contact,
      updates: {
        ...contact.updates,
        notes: contactBody({ ...full, relationshipNotes: ['Met at the open home.', 'Called again.'] }),
      },
      people: [entered('contact', 'background', 'Met her at school.')],
      lists: [
        entered('contact', 'emails', { value: 'countess@example.test', type: 'home' }),
        entered('contact', 'phones', { value: '+64 21 555 0199', type: 'work' }),
        entered('contact', 'tags', 'VIP'),
        noted,
      ],
    },
    property,
    deal: {
      ...deal,
      people: [entered('deal', 'price', 650_000)],
      lists: [
        {
          ...entered('deal', 'peopleIds', 0),
          name: 'a person of theirs',
          act(id, crm) {
            const { sandbox } = crm as Crm;
            const [theirs] = sandbox.seed('people', [{ firstName: 'Cy', stage: 'Lead' }]);
            const held = heldBy(crm as Crm, 'deal', id)['peopleIds'];
            const ids = Array.isArray(held) ? held.map(Number) : [];
            sandbox.editRecord('deals', id, { peopleIds: [...ids, Number(theirs?.id)] });
          },
          stands(id, crm) {
            const theirs = (crm as Crm).sandbox.records('people').find(({ firstName }) => firstName === 'Cy');
            const held = heldBy(crm as Crm, 'deal', id)['peopleIds'];
            return Array.isArray(held) && held.map(Number).includes(Number(theirs?.id));
          },
        },
      ],
    },
  },
  open({ clock, secret, searchLagMs }): Crm {
    const sandbox = createFubSandbox({ clock, apiKeys: [secret], searchLagMs });
    const isThere = ({ stage, status }: Readonly<Record<string, unknown>>): boolean =>
      stage !== 'Trash' && status !== 'Deleted';
    return {
      sandbox,
      fetch: sandbox.fetch,
      credentials: { apiKey: secret },
      records: (kind) => (kind === 'property' ? [] : sandbox.records(collectionOf(kind)).filter(isThere)),
      seed(kind, fields) {
        // Deals can be made twice by the API; people, whom it knows again, only here.
        if (kind !== 'contact') return false;
        const { notes: _part, ...person } = fields;
        sandbox.seed('people', [{ stage: 'Lead', ...person }]);
        return true;
      },
      remove: (kind, id) => void sandbox.deleteRecord(collectionOf(kind), id),
      merge: (_kind, keepId, goneId) => void sandbox.mergePeople(keepId, goneId, mergedAnswer),
      revoke: () => sandbox.revokeKey(secret),
    };
  },
});
