import { vaultrePage } from '../../../src/connectors/vaultre/page.ts';
import { createVaultre } from '../../../src/connectors/vaultre/vaultre.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import {
  createVaultreSandbox,
  type VaultreInProcess,
  type VaultreSandboxOptions,
} from '../../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import {
  KIT_IDS,
  type KitCrm,
  type KitSubject,
  type PeopleAct,
} from '../../contract/connector/kit/kit-subject.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';

interface Crm extends KitCrm {
  readonly sandbox: VaultreInProcess;
}
/** About one record; any other 403 is about the integrator's key. */
const INVISIBLE = { status: 403, body: { success: false, message: 'You may not see this.' } };

type Collection = 'contacts' | 'properties';

const { contact, deal } = kitSamples();
const full = contact.full.kind === 'contact' ? contact.full.contact : null;
const sale = deal.full.kind === 'deal' ? deal.full.deal : null;

const PLACE = {
  address: '12 Risk Road, Sandgate QLD 4017',
  vendors: [KIT_IDS.contact],
  buyers: [],
  milestones: [{ type: 'listed', date: Date.UTC(2026, 1, 3), notes: 'Signed.' }],
  riskOverview: 'low',
};

const heldIn = ({ sandbox }: Crm, of: Collection, id: string): Readonly<Record<string, unknown>> =>
  sandbox.records(of).find((one) => one.id === id) ?? {};

/** People say something in a field, or add an entry to a list. */
function entered(
  of: Collection,
  field: string,
  entry: string | number | JsonObject,
  isList: boolean,
): PeopleAct {
  return {
    name: `${JSON.stringify(entry)} in ${field}`,
    act(id, crm) {
      const held = heldIn(crm as Crm, of, id)[field];
      const list = [...(Array.isArray(held) ? (held as JsonObject[]) : []), entry] as JsonObject[];
      (crm as Crm).sandbox.editRecord(of, id, { [field]: isList ? list : entry });
    },
    stands: (id, crm) =>
      JSON.stringify(heldIn(crm as Crm, of, id)[field] ?? null).includes(
        JSON.stringify(entry).replace(/^\{|\}$/g, ''),
      ),
  };
}

/** People enter somebody as an owner, whom only they know. */
const owner: PeopleAct = {
  name: 'an owner of theirs',
  act(id, crm) {
    const { sandbox } = crm as Crm;
    const [theirs] = sandbox.seed('contacts', [{ firstName: 'Cy', lastName: 'Owner' }]);
    const held = heldIn(crm as Crm, 'properties', id)['owners'];
    const ids = Array.isArray(held) ? held.map(Number) : [];
    sandbox.editRecord('properties', id, { owners: [...ids, Number(theirs?.id)] });
  },
  stands(id, crm) {
    const theirs = (crm as Crm).sandbox.records('contacts').find(({ firstName }) => firstName === 'Cy');
    const held = heldIn(crm as Crm, 'properties', id)['owners'];
    return Array.isArray(held) && held.map(Number).includes(Number(theirs?.id));
  },
};

/** VaultRE and everything that the kit needs of it; `options`: what isn't known of it, the other way round. */
export const vaultreSubject = (options: VaultreSandboxOptions = {}): KitSubject => ({
  name: 'MRI Vault (VaultRE)',
  definition: createVaultre({
    operator: { VAULTRE_API_KEY: 'sandbox-integrator-key' },
    baseUrl: 'http://sandbox.invalid/api/v1.3',
    isPlaceholder: isUsualPlaceholder,
  }),
  page: vaultrePage,
  samples: {
    contact: {
      ...contact,
      updates: {
        ...contact.updates,
        categories: contactBody({ ...full, role: 'vendor' }),
        notes: contactBody({ ...full, relationshipNotes: ['Met at the open home.', 'Called again.'] }),
      },
      answers: { invisible: INVISIBLE },
      people: [entered('contacts', 'company', 'Analytical Engines', false)],
      lists: [
        entered('contacts', 'emails', 'countess@example.test', true),
        entered('contacts', 'phoneNumbers', { number: '0491 570 156', typeCode: 'W' }, true),
        entered('contacts', 'categories', 209, true),
      ],
    },
    property: {
      full: propertyBody(PLACE),
      other: propertyBody({ address: '99 Cliff Road, Brighton QLD 4017' }),
      edge: propertyBody({
        ...PLACE,
        vendors: [],
        milestones: [],
        riskOverview: `Zoë 👩🏽‍🌾 ${'long '.repeat(400)}`,
      }),
      updates: {
        core: propertyBody({ ...PLACE, address: '14 Risk Road, Sandgate QLD 4017' }),
        owners: propertyBody({ ...PLACE, vendors: [], buyers: [KIT_IDS.contact] }),
        notes: propertyBody({ ...PLACE, riskOverview: 'high' }),
      },
      refused: {
        body: propertyBody({ ...PLACE, address: '1 High Street, Nowhere QLD 4999' }),
        field: 'address',
      },
      answers: { invisible: INVISIBLE },
      people: [entered('properties', 'heading', 'By the sea', false)],
      lists: [owner],
    },
    deal: {
      ...deal,
      edge: dealBody({ ...sale, riskFlags: ['Zoë 👩🏽‍🌾'], nextAction: null, nextActionOwner: '' }),
      updates: {
        status: dealBody({ ...sale, stage: 'listing' }),
        notes: dealBody({ ...sale, summary: 'Not so well.' }),
      },
      refused: { body: dealBody({ ...sale, propertyId: null }), field: 'propertyId' },
    },
  },
  open({ clock, secret, searchLagMs }): Crm {
    const sandbox = createVaultreSandbox({ ...options, clock, apiKeys: [secret], searchLagMs });
    return {
      sandbox,
      fetch: sandbox.fetch,
      credentials: { accessToken: secret },
      records(kind) {
        if (kind === 'contact') return sandbox.records('contacts');
        if (kind === 'property') return sandbox.records('properties');
        // What stands for a deal: a property that has notes of one.
        const noted = sandbox
          .records('propertyNotes')
          .filter(({ body }) => String(body).includes('Zena deal'));
        const ids = new Set(noted.map(({ propertyId }) => String(propertyId)));
        return [...ids].map((id) => ({ id }));
      },
      seed(kind, fields) {
        if (kind !== 'contact') return false;
        const { notes: _part, ...person } = fields;
        sandbox.seed('contacts', [person]);
        return true;
      },
      remove: (kind, id) => void sandbox.deleteRecord(kind === 'contact' ? 'contacts' : 'properties', id),
      merge: (_kind, keepId, goneId) => void sandbox.mergeContacts(keepId, goneId),
      revoke: () => sandbox.revokeKey(secret),
    };
  },
});
