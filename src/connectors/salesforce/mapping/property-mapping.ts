import { cleanAddress, compareAddress } from '../../../domain/canonical/street-address.ts';
import { naturalKeyHash } from '../../../domain/content-hash.ts';
import { recordKey, type EntityBody, type Property } from '../../../domain/entity.ts';
import type { DraftRefusal, DraftRemark, KindMapping, MappingContext } from '../../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../../domain/remote-record.ts';
import { milestoneLines } from '../../mapping-parts/note-lines.ts';
import { cutTo, textOf, tooLong } from './field-values.ts';
import { PROPERTY, ZENA_ID } from '../api/objects.ts';
import { keyOfZena, zenaIdOf } from './zena-id.ts';

/** Salesforce wants a name of each. */
const NAMELESS_PROPERTY = 'Property without an address';

/** Properties of Zena's as records of an object of the org's. */
export const propertyMapping: KindMapping = {
  sharings: { [ZENA_ID]: 'first_only', Name: 'address', Address__c: 'address', Milestones__c: 'lines' },
  fields: (body, context) => propertyFields(propertyOf(body), context),
  refusals: (body, context) => propertyRefusals(propertyOf(body), context),
  keys: propertyKeys,
  remarks: (body, context) => propertyRemarks(propertyOf(body), context),
};

function propertyOf(body: EntityBody): Property {
  if (body.kind !== 'property') throw new TypeError('A property is made of a property');
  return body.property;
}

function propertyFields(property: Property, context: MappingContext): CrmFields {
  const address = cleanAddress(property.address);
  const [vendor = null, vendor2 = null] = remoteIds(property.vendors, context);
  const [buyer = null, buyer2 = null] = remoteIds(property.buyers, context);
  return {
    [ZENA_ID]: zenaIdOf(context),
    Name: cutTo(PROPERTY, 'Name', address === '' && saysMore(property) ? NAMELESS_PROPERTY : address),
    Address__c: address,
    Vendor__c: vendor,
    Vendor2__c: vendor2,
    Buyer__c: buyer,
    Buyer2__c: buyer2,
    Milestones__c: milestoneLines(property, context.timeZone).join('\n'),
    RiskOverview__c: property.riskOverview ?? '',
  };
}

function saysMore({ vendors, buyers, milestones, riskOverview }: Property): boolean {
  return vendors.length + buyers.length + milestones.length > 0 || (riskOverview ?? '').trim() !== '';
}

function remoteIds(ids: readonly string[], { resolve }: MappingContext): readonly string[] {
  return [...new Set(ids.flatMap((id) => resolve(recordKey('contact', id)) ?? []))];
}

function propertyRefusals(property: Property, context: MappingContext): readonly DraftRefusal[] {
  const fields = propertyFields(property, context);
  return tooLong(PROPERTY, fields);
}

const MOST = 2;

function propertyRemarks(property: Property, context: MappingContext): readonly DraftRemark[] {
  return (['vendors', 'buyers'] as const).flatMap((who) => {
    const others = remoteIds(property[who], context).length - MOST;
    if (others <= 0) return [];
    const detail = `Not sent: ${String(others)} more of its ${who}. Salesforce has a place for two of them.`;
    return [{ field: who === 'vendors' ? 'Vendor__c' : 'Buyer__c', code: 'not_carried', detail }];
  });
}

/** By address, together with our own id; without an address by that id alone. */
function propertyKeys(fields: CrmFields): readonly NaturalKey[] {
  const address = textOf(fields['Address__c']);
  if (address.trim() === '') return keyOfZena('property', fields);
  const zenaId = textOf(fields[ZENA_ID]);
  return [
    {
      kind: 'property',
      strength: 'good',
      value: { Address__c: address, ...(zenaId !== '' && { [ZENA_ID]: zenaId }) },
      hash: naturalKeyHash('property', compareAddress(address)),
      formerHashes: [],
    },
  ];
}
