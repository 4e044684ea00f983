import { splitAddress, type SplitAddress } from '../../domain/canonical/split-address.ts';
import { recordKey, type EntityBody, type Property } from '../../domain/entity.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { DraftRefusal, KindMapping, MappingContext } from '../../domain/mapping.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import { milestoneLines, propertyRiskLines } from '../mapping-parts/note-lines.ts';
import { heldId } from './exact-ids.ts';
import { propertyKeys } from './property-keys.ts';
import { suburbFact } from './vaultre-facts.ts';

/** An address as VaultRE takes it; of its lot, the property's. */
interface PlacedAddress {
  readonly address: JsonObject;
  readonly lotNumber: string;
}

/** A property of Zena's in VaultRE's words: where it is, whose it is, and as notes what has no place there. */
export const propertyMapping: KindMapping = {
  sharings: { address: 'address', owners: 'references', purchasers: 'references', notes: 'appended' },
  factsFor: (body) => placesOf(body).map(({ fact }) => fact),
  fields(body, context) {
    const property = propertyOf(body);
    return property === null ? {} : propertyFields(property, placed(body, context), context);
  },
  refusals(body, context) {
    const property = propertyOf(body);
    if (property === null || property.address.trim() === '' || placed(body, context) !== null) return [];
    return [refusalOf(property.address, placesOf(body))];
  },
  keys: propertyKeys,
};

function propertyOf(body: EntityBody): Property | null {
  return body.kind === 'property' ? body.property : null;
}

/** A way to read an address, and what tells the id of its suburb. */
interface Place {
  readonly split: SplitAddress;
  readonly street: string;
  readonly suburb: string;
  readonly fact: string;
}

/** The ways in which an address may be meant, the likeliest first; none: it can't be told what is what. */
function placesOf(body: EntityBody): readonly Place[] {
  const split = splitAddress(propertyOf(body)?.address ?? '');
  if (split === null) return [];
  const { street, suburb } = split;
  const readings = [...(suburb === null ? [] : [{ street, suburb }]), ...split.others];
  const code = split.postcode ?? split.state;
  return readings.map((reading) => ({ ...reading, split, fact: suburbFact(reading.suburb, code) }));
}

/** By the first reading whose suburb is there. */
function placed(body: EntityBody, { facts }: MappingContext): PlacedAddress | null {
  for (const { split, street, fact } of placesOf(body)) {
    const id = facts?.get(fact) ?? null;
    if (typeof id !== 'number' && typeof id !== 'string') continue;
    const { level, unitNumber, streetNumber, lotNumber } = split;
    const texts = Object.entries({ level, unitNumber, streetNumber, street }).filter(
      (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
    );
    return { address: { ...Object.fromEntries(texts), suburb: { id } }, lotNumber: lotNumber ?? '' };
  }
  return null;
}

function refusalOf(address: string, places: readonly Place[]): DraftRefusal {
  const [first] = places;
  if (first === undefined) {
    return {
      field: 'address',
      code: 'ADDRESS_NOT_CLEAR',
      detail: `VaultRE takes an address in its parts, and of "${address}" they can't be told. Write it as "12 Risk Road, Sandgate QLD 4017".`,
    };
  }
  const names = [...new Set(places.map(({ suburb }) => suburb))].join('" or "');
  const code = first.split.postcode ?? first.split.state;
  const where = code === null ? 'that only one place is called' : `at ${code}`;
  return {
    field: 'address',
    code: 'SUBURB_UNKNOWN',
    detail: `VaultRE knows no suburb "${names}" ${where}. Correct the suburb, or its postcode, in "${address}".`,
    missingIn: first.fact,
  };
}

function propertyFields(
  property: Property,
  place: PlacedAddress | null,
  { resolve, timeZone }: MappingContext,
): CrmFields {
  const contacts = (ids: readonly string[]): Json => {
    const remote = ids.map((id) => resolve(recordKey('contact', id))).filter((id) => id !== null);
    return [...new Set(remote)].map(heldId);
  };
  return {
    address: place?.address ?? null,
    lotNumber: place?.lotNumber ?? '',
    owners: contacts(property.vendors),
    purchasers: contacts(property.buyers),
    notes: [...milestoneLines(property, timeZone), ...propertyRiskLines(property)],
  };
}
