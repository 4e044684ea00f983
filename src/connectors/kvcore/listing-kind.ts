import { compareAddress } from '../../domain/canonical/street-address.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import type { EntityBody, Property } from '../../domain/entity.ts';
import type { KindMapping } from '../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';
import type { ConnectorKind } from '../connector.port.ts';
import { milestoneLines, propertyRiskLines } from '../mapping-parts/note-lines.ts';
import { LISTING } from './assumed.ts';
import { assumedRecords } from './assumed-records.ts';
import { readText } from './wire.ts';

/** Properties as manual listings. The routes are known, what they take is not: `LISTING`. */
const records = assumedRecords({
  one: LISTING.one,
  many: LISTING.many,
  proof: LISTING.address,
  read: (body) => ({
    address: readText(body[LISTING.address]),
    description: readText(body[LISTING.description]),
  }),
  write: ({ address, description }) => ({
    ...(address !== undefined && { [LISTING.address]: address }),
    ...(description !== undefined && { [LISTING.description]: description }),
  }),
});

const listingMapping: KindMapping = {
  sharings: { address: 'address', description: 'lines' },
  refusals: (body) =>
    addressOf(body) === ''
      ? [
          {
            field: 'address',
            code: 'ADDRESS_REQUIRED',
            detail: 'A manual listing needs an address. Give the property one in Zena.',
            only: 'create',
          },
        ]
      : [],
  fields: (body, { timeZone }) => {
    const property = propertyOf(body);
    const lines = [...propertyRiskLines(property), ...milestoneLines(property, timeZone)];
    return { address: addressOf(body), description: lines.join('\n') };
  },
  keys: listingKeys,
};

/** Off unless the connection asks for it. */
export const listingKind: ConnectorKind = {
  ...listingMapping,
  offUnlessAsked: 'What a manual listing is written with is not documented, and assumed.',
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
    const sought = compareAddress(value['address'] ?? '');
    const isIt = ({ address }: CrmFields): boolean => compareAddress(readText(address)) === sought;
    return { kind: 'applied', value: found.value.filter(({ fields }) => isIt(fields)) };
  },
  read: records.read,
  delete: records.delete,
  changes: records.changes,
};

function propertyOf(body: EntityBody): Property {
  if (body.kind !== 'property') throw new TypeError('A listing is made of a property');
  return body.property;
}

function addressOf(body: EntityBody): string {
  return visibleText(propertyOf(body).address).trim();
}

function listingKeys({ address }: CrmFields): readonly NaturalKey[] {
  const text = readText(address).trim();
  const canonical = compareAddress(text);
  if (canonical === '') return [];
  const hash = naturalKeyHash('property', canonical);
  return [{ kind: 'property', strength: 'good', value: { address: text }, hash, formerHashes: [] }];
}
