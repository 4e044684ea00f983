import { compareWord } from '../../domain/canonical/compare-word.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import { recordKey, type Deal, type EntityBody } from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type { KindMapping, MappingContext } from '../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';
import type { ConnectorKind } from '../connector.port.ts';
import { dealRiskLines, nextActionLines } from '../mapping-parts/note-lines.ts';
import { TRANSACTION } from './assumed.ts';
import { assumedRecords } from './assumed-records.ts';
import { readId, readText, sentId } from './wire.ts';

const WITHOUT_PROPERTY = 'Deal without a property';

/** Deals as transactions. The routes are known, what they take is not: `TRANSACTION`. */
const records = assumedRecords({
  one: TRANSACTION.one,
  many: TRANSACTION.many,
  proof: TRANSACTION.name,
  read: (body) => ({
    name: readText(body[TRANSACTION.name]),
    status: readText(body[TRANSACTION.status]),
    listing_id: idOf(body[TRANSACTION.listing]),
    contact_ids: idsIn(body[TRANSACTION.contacts]),
    description: readText(body[TRANSACTION.description]),
  }),
  write: ({ name, status, listing_id: listing, contact_ids: contacts, description }) => ({
    ...(name !== undefined && { [TRANSACTION.name]: name }),
    ...(status !== undefined && { [TRANSACTION.status]: status }),
    ...(listing !== undefined && { [TRANSACTION.listing]: listing }),
    ...(contacts !== undefined && { [TRANSACTION.contacts]: idsIn(contacts) }),
    ...(description !== undefined && { [TRANSACTION.description]: description }),
  }),
});

const transactionMapping: KindMapping = {
  sharings: {
    name: 'address',
    status: 'never_emptied',
    listing_id: 'never_emptied',
    contact_ids: 'references',
    description: 'lines',
  },
  readsContentOf: ['property'],
  refusals: (body) =>
    visibleText(dealOf(body).stage).trim() === ''
      ? [
          {
            field: 'status',
            code: 'STAGE_REQUIRED',
            detail: 'A transaction needs a stage. Give the deal one in Zena.',
            only: 'create',
          },
        ]
      : [],
  fields: (body, context) => transactionFields(dealOf(body), context),
  keys: transactionKeys,
};

/** Off unless the connection asks for it. */
export const transactionKind: ConnectorKind = {
  ...transactionMapping,
  offUnlessAsked: 'What a transaction is written with is not documented, and assumed.',
  parts: {
    core: {
      writes: 'merges',
      create: (http, { fields }) => records.create(http, fields),
      update: records.update,
    },
  },
  async find(http, { value }) {
    const found = await records.all(http);
    if (found.kind !== 'applied') return found;
    const status = compareWord(value['status'] ?? '');
    const isIt = ({ listing_id: listing, status: held }: CrmFields): boolean =>
      readText(listing) === value['listing_id'] && compareWord(readText(held)) === status;
    return { kind: 'applied', value: found.value.filter(({ fields }) => isIt(fields)) };
  },
  read: records.read,
  delete: records.delete,
  changes: records.changes,
};

function dealOf(body: EntityBody): Deal {
  if (body.kind !== 'deal') throw new TypeError('A transaction is made of a deal');
  return body.deal;
}

function transactionFields(deal: Deal, { resolve, referred, stages }: MappingContext): CrmFields {
  const key = deal.propertyId === null ? null : recordKey('property', deal.propertyId);
  const property = key === null ? null : (referred?.(key) ?? null);
  const address = property?.kind === 'property' ? visibleText(property.property.address).trim() : '';
  const listing = key === null ? null : resolve(key);
  const contacts = deal.contacts.flatMap((id) => resolve(recordKey('contact', id)) ?? []);
  const lines = [
    ...visibleText(deal.summary ?? '').split('\n'),
    ...dealRiskLines(deal),
    ...nextActionLines(deal),
  ];
  const stage = visibleText(deal.stage).trim();
  return {
    name: address === '' ? WITHOUT_PROPERTY : address,
    status: stages?.[deal.stage] ?? stage,
    listing_id: listing === null ? null : sentId(listing),
    contact_ids: [...new Set(contacts)].map(sentId),
    description: lines.filter((line) => line.trim() !== '').join('\n'),
  };
}

function transactionKeys({ listing_id: listing, status }: CrmFields): readonly NaturalKey[] {
  const [id, stage] = [readText(listing), readText(status).trim()];
  if (id === '' || stage === '') return [];
  const hash = naturalKeyHash('deal', id, compareWord(stage));
  const value = { listing_id: id, status: stage };
  return [{ kind: 'deal', strength: 'good', value, hash, formerHashes: [] }];
}

function idOf(value: Json | undefined): Json {
  const id = readId(value);
  return id === null ? null : sentId(id);
}

function idsIn(value: Json | undefined): Json[] {
  return Array.isArray(value) ? (value as readonly Json[]).map(idOf).filter((id) => id !== null) : [];
}
