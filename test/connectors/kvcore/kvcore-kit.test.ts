import { createKvcore } from '../../../src/connectors/kvcore/kvcore.ts';
import { kvcorePage } from '../../../src/connectors/kvcore/page.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { createKvcoreSandbox, type KvcoreInProcess } from '../../../src/sandbox/kvcore/kvcore-sandbox.ts';
import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import type { KitCrm, KitSubject, PeopleAct } from '../../contract/connector/kit/kit-subject.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';

interface Crm extends KitCrm {
  readonly sandbox: KvcoreInProcess;
}

const COLLECTIONS = { contact: 'contacts', property: 'manuallistings', deal: 'transactions' } as const;

const { contact, property, deal } = kitSamples();
const full = contact.full.kind === 'contact' ? contact.full.contact : null;

function heldBy({ sandbox }: Crm, kind: EntityKind, id: string): Readonly<Record<string, unknown>> {
  return sandbox.records(COLLECTIONS[kind]).find((one) => one.id === id) ?? {};
}

/** People say something in a field. */
function entered(kind: EntityKind, field: string, value: Json): PeopleAct {
  return {
    name: `${JSON.stringify(value)} in ${field}`,
    act: (id, crm) => void (crm as Crm).sandbox.editRecord(COLLECTIONS[kind], id, { [field]: value }),
    stands: (id, crm) => JSON.stringify(heldBy(crm as Crm, kind, id)[field]) === JSON.stringify(value),
  };
}

/** People add to a text, or to a list. */
function added(kind: EntityKind, field: string, more: string | number): PeopleAct {
  return {
    name: `${more} in ${field}`,
    act(id, crm) {
      const held = heldBy(crm as Crm, kind, id)[field];
      const separator = field === 'description' ? '\n' : ',';
      const value = Array.isArray(held)
        ? [...(held as Json[]), more]
        : [held, more].filter((part) => part !== undefined && part !== null && part !== '').join(separator);
      (crm as Crm).sandbox.editRecord(COLLECTIONS[kind], id, { [field]: value });
    },
    stands: (id, crm) => (JSON.stringify(heldBy(crm as Crm, kind, id)[field]) ?? '').includes(String(more)),
  };
}

const noted: PeopleAct = {
  name: 'a note of theirs',
  act: (id, crm) =>
    void (crm as Crm).sandbox.seed('notes', [
      { contact_id: Number(id), title: 'Call', details: 'Plays chess.' },
    ]),
  stands: (_id, crm) =>
    (crm as Crm).sandbox.records('notes').some(({ details }) => details === 'Plays chess.'),
};

/** As the connector would send it, as it is stored. */
function stored(fields: JsonObject): JsonObject {
  const { notes: _part, optOuts: _flags, ...others } = fields;
  return others;
}

const subject: KitSubject = {
  name: 'kvCORE',
  definition: createKvcore({
    operator: {},
    baseUrl: 'http://sandbox.invalid/v2/public',
    isPlaceholder: isUsualPlaceholder,
  }),
  page: kvcorePage,
  samples: {
    contact: {
      ...contact,
      updates: {
        ...contact.updates,
        notes: contactBody({ ...full, relationshipNotes: ['Met at the open home.', 'Called again.'] }),
      },
      refused: { body: contactBody({ ...full, emails: [] }), field: 'email' },
      people: [entered('contact', 'primary_address', '1 Main Road'), entered('contact', 'rating', 4)],
      lists: [added('contact', 'deal_type', 'renter'), noted],
      answers: {
        limited: { status: 429, headers: { 'retry-after': '2' }, body: { errors: ['Too Many Attempts.'] } },
      },
    },
    property: {
      ...property,
      refused: { body: propertyBody({ address: ' ', riskOverview: 'low' }), field: 'address' },
      people: [entered('property', 'price', '650000'), added('property', 'description', 'A pool.')],
    },
    deal: {
      ...deal,
      refused: { body: dealBody({ stage: ' ', summary: 'Nothing yet.' }), field: 'status' },
      people: [entered('deal', 'price', '650000'), added('deal', 'description', 'Cash buyer.')],
      lists: [added('deal', 'contact_ids', 41_900_001)],
    },
  },
  open({ clock, secret, searchLagMs, unique }): Crm {
    const sandbox = createKvcoreSandbox({
      clock,
      apiKeys: [secret],
      searchLagMs,
      duplicates: unique ? 'merged' : 'allowed',
    });
    return {
      sandbox,
      fetch: sandbox.fetch,
      credentials: { apiToken: secret },
      records: (kind) => sandbox.records(COLLECTIONS[kind]),
      seed(kind, fields) {
        if (kind !== 'contact') return false;
        sandbox.seed('contacts', [
          { ...stored(fields), createdAt: new Date(clock.now() - 3_600_000).toISOString() },
        ]);
        return true;
      },
      remove: (kind, id) => void sandbox.deleteRecord(COLLECTIONS[kind], id),
      revoke: () => sandbox.revokeKey(secret),
    };
  },
};

connectorKit(subject, [
  'day_quota',
  'unsupported',
  'contact: merged',
  'contact: odd_ids',
  'property: merged',
  'property: taken_meanwhile',
  'property: odd_ids',
  'property: lists_keep',
  'deal: merged',
  'deal: taken_meanwhile',
  'deal: odd_ids',
]);
