import { salesforcePage } from '../../../src/connectors/salesforce/page.ts';
import { createSalesforce } from '../../../src/connectors/salesforce/salesforce.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { clientIdOf } from '../../../src/sandbox/salesforce/oauth/client-id.ts';
import {
  createSfSandbox,
  type SfInProcess,
  type SfSandboxOptions,
} from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import {
  type KitCrm,
  type KitSubject,
  type PeopleAct,
  type VendorAnswer,
} from '../../contract/connector/kit/kit-subject.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';

interface Crm extends KitCrm {
  readonly sandbox: SfInProcess;
}

const COLLECTION = { contact: 'Contact', property: 'Property__c', deal: 'Opportunity' } as const;

const { contact, property, deal } = kitSamples();
const sale = deal.full.kind === 'deal' ? deal.full.deal : null;

/** Salesforce has no 429: 403 with a code is its way to say it. */
const LIMITED = {
  status: 403,
  body: [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
} as unknown as VendorAnswer;
const INVISIBLE = {
  status: 404,
  body: [
    { message: 'Provided external ID field does not exist or is not accessible', errorCode: 'NOT_FOUND' },
  ],
} as unknown as VendorAnswer;
const answers = { limited: LIMITED, invisible: INVISIBLE };

function heldBy({ sandbox }: Crm, kind: EntityKind, id: string): Readonly<Record<string, unknown>> {
  return sandbox.records(COLLECTION[kind]).find((one) => one.id === id) ?? {};
}

/** People enter a value in a field of theirs. */
function entered(kind: EntityKind, field: string, value: Json): PeopleAct {
  return {
    name: `${JSON.stringify(value)} in ${field}`,
    act: (id, crm) => void (crm as Crm).sandbox.editRecord(COLLECTION[kind], id, { [field]: value }),
    stands: (id, crm) => heldBy(crm as Crm, kind, id)[field] === value,
  };
}

/** People add a line to a text that both write into. */
function noted(kind: EntityKind, field: string): PeopleAct {
  const line = 'Plays chess.';
  return {
    name: `a line of theirs in ${field}`,
    act(id, crm) {
      const held = heldBy(crm as Crm, kind, id)[field];
      const text = typeof held === 'string' && held !== '' ? `${held}\n${line}` : line;
      (crm as Crm).sandbox.editRecord(COLLECTION[kind], id, { [field]: text });
    },
    stands: (id, crm) =>
      String(heldBy(crm as Crm, kind, id)[field])
        .split(/\r?\n/)
        .includes(line),
  };
}

/** People name somebody in a deal whom only they know. */
const role: PeopleAct = {
  name: 'a contact role of theirs',
  act(id, crm) {
    const { sandbox } = crm as Crm;
    const [theirs] = sandbox.seed('Contact', [{ LastName: 'Cy' }]);
    sandbox.seed('OpportunityContactRole', [{ OpportunityId: id, ContactId: String(theirs?.id) }]);
  },
  stands(id, crm) {
    const { sandbox } = crm as Crm;
    const theirs = sandbox.records('Contact').find(({ LastName }) => LastName === 'Cy');
    return sandbox
      .records('OpportunityContactRole')
      .some(({ OpportunityId, ContactId }) => OpportunityId === id && ContactId === theirs?.id);
  },
};

/** Salesforce as the kit needs it; `settings`: what its sandbox does otherwise. */
export const salesforceSubjectWith = (settings: SfSandboxOptions): KitSubject => ({
  name: 'Salesforce',
  definition: {
    ...createSalesforce({ operator: {}, baseUrl: null, isPlaceholder: isUsualPlaceholder }),
    // The sandbox is at no address of Salesforce's.
    hosts: ['sandbox.invalid'],
  },
  page: salesforcePage,
  samples: {
    contact: {
      ...contact,
      answers,
      refused: { body: contactBody({ name: `Ada ${'Long'.repeat(21)}` }), field: 'LastName' },
      people: [entered('contact', 'Title', 'Countess'), noted('contact', 'Description')],
    },
    property: {
      ...property,
      answers,
      refused: { body: propertyBody({ address: `12 ${'Long'.repeat(64)} Street` }), field: 'Address__c' },
      people: [noted('property', 'Milestones__c')],
    },
    deal: {
      ...deal,
      answers,
      updates: {
        ...deal.updates,
        contactRoles: dealBody({ ...sale, contacts: [] }),
      },
      refused: { body: dealBody({ ...sale, nextAction: 'Call them. '.repeat(30) }), field: 'NextStep' },
      people: [entered('deal', 'Amount', 650_000), noted('deal', 'Description')],
      lists: [role],
    },
  },
  open({ clock, secret, searchLagMs, unique }): Crm {
    const sandbox = createSfSandbox({
      clock,
      apiKeys: [secret],
      searchLagMs,
      duplicateRule: unique ? 'block' : 'off',
      ...settings,
    });
    const live = (one: Readonly<Record<string, unknown>>): boolean => one['IsDeleted'] !== true;
    return {
      sandbox,
      fetch: sandbox.fetch,
      credentials: { loginUrl: sandbox.url, clientId: clientIdOf(secret), clientSecret: secret },
      records: (kind) => sandbox.records(COLLECTION[kind]).filter(live),
      seed(kind, fields) {
        const { contactRoles: _part, ...record } = fields as JsonObject & { contactRoles?: Json };
        const day = { CloseDate: '2027-01-31' };
        // One without an account is seen by its owner alone.
        const [office] = kind === 'contact' ? sandbox.seed('Account', [{ Name: 'Office' }]) : [];
        sandbox.seed(COLLECTION[kind], [
          { ...record, ...(kind === 'deal' && day), ...(office && { AccountId: office.id }) },
        ]);
        return true;
      },
      remove: (kind, id) => void sandbox.deleteRecord(COLLECTION[kind], id),
      merge: (kind, keepId, goneId) => void sandbox.merge(COLLECTION[kind], keepId, goneId),
      revoke: () => sandbox.revokeKey(secret),
    };
  },
});

export const salesforceSubject: KitSubject = salesforceSubjectWith({});
