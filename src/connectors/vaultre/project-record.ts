import type { Json, JsonObject } from '../../domain/json.ts';
import { heldId } from './exact-ids.ts';
import { idIn, isObject } from './vaultre-answers.ts';

/*
 * What was read, in the form in which a write takes it: the specification takes neither null nor what is read-only, and of other records only
 * their ids.
 */

type Project = (value: Json) => Json;

const asIs: Project = (value) => withoutNulls(value);

const reference: Project = (value) => {
  const id = idIn(value);
  return id === null ? null : { id: heldId(id) };
};

const references: Project = (value) =>
  Array.isArray(value) ? value.map(reference).filter((each) => each !== null) : null;

const marketingUsers: Project = (value) =>
  Array.isArray(value)
    ? value.flatMap((each: Json) => {
        const user = isObject(each) ? reference(each['user'] ?? null) : null;
        return user === null ? [] : [{ ...(reference(each) as JsonObject | null), user }];
      })
    : null;

/** An address: of its suburb only the id. */
export const projectAddress: Project = (value) => {
  if (!isObject(value)) return null;
  const parts = ['level', 'unitNumber', 'streetNumber', 'street'].flatMap((name): [string, Json][] => {
    const text = value[name];
    return typeof text === 'string' && text !== '' ? [[name, text]] : [];
  });
  const suburb = reference(value['suburb'] ?? null);
  const address = { ...Object.fromEntries(parts), ...(suburb !== null && { suburb }) };
  return Object.keys(address).length === 0 ? null : address;
};

/** Members that a write takes beside the mapped ones, each with how it is sent back. */
export type Projection = Readonly<Record<string, Project>>;

function each(names: string, project: Project): Projection {
  return Object.fromEntries(names.split(' ').map((name) => [name, project]));
}

/** Of a contact, what people enter. */
const CONTACT: Projection = {
  ...each('title partnerTitle partnerFirstName partnerLastName company position', asIs),
  ...each('legalDescription abn acn archived', asIs),
  ...each('address postalAddress', projectAddress),
};
/** Of a contact, what the CRM puts there by itself, too. */
const CONTACT_OWN: Projection = {
  greeting: asIs,
  sourceOfEnquiry: reference,
  marketingUsers,
  ...each('accessBy customUnsubscribe', references),
};

/** Of a sale, what people enter. `status` is not among it: it is changed by a route of its own. */
const SALE: Projection = {
  ...each('type building methodOfsale authorityType tenureOrTitleType', reference),
  ...each('referenceID searchPrice displayPrice heading description brochureDescription', asIs),
  ...each('windowCardDescription landArea volumeNumber folioNumber corelogicId yearBuilt', asIs),
  ...each('appraisal appraisalPriceLower appraisalPriceUpper mobileMarketingDescription', asIs),
  ...each('internalRemarks certificateOfTitle legalDescription rpdp rates priceOnApplication', asIs),
  ...each('authorityStart authorityEnd sellingFeePercent sellingFeeFixed vpa agentPriceOpinion', asIs),
  ...each('agentPriceOpinionUpper rateableValue landValue improvementValue auctionDetails', asIs),
  ...each('tenderDetails setSaleDateDetails externalLinks', asIs),
};
const ROOMS = each('bed bath garages carports openSpaces ensuites toilets receptionRooms', asIs);
const COMMERCIAL: Projection = {
  ...each('carSpaces commercialLeasePrice commercialLeasePriceIncludesGst includesOutgoings', asIs),
  ...each('outgoingsPerAnnum outgoingsText', asIs),
};
const FLOOR = each('floorArea', asIs);
const SALE_OWN: Projection = {
  branch: reference,
  ...each('accessBy editableBy contactStaff', references),
};

const BY_CLASS: Readonly<Record<string, Projection>> = {
  residential: { ...SALE, ...ROOMS, ...FLOOR },
  land: SALE,
  commercial: { ...SALE, ...COMMERCIAL, ...FLOOR },
  business: { ...SALE, ...FLOOR },
  rural: { ...SALE, ...ROOMS, ...FLOOR },
  livestock: { ...SALE, ...ROOMS, ...FLOOR },
  clearingSales: { ...SALE, ...ROOMS, ...FLOOR },
};

/**
 * What else people can enter in a record. What the CRM puts there by itself as well stands in `state`, so that nobody takes a record for one that
 * people have worked in for that.
 */
export function contactRest(body: JsonObject): JsonObject {
  return restOf(body, CONTACT, CONTACT_OWN);
}

/** The same of a sale of a class; what was asked for an appraisal is told only with the history of its life. */
export function saleRest(body: JsonObject, propertyClass: string): JsonObject {
  const history = Array.isArray(body['saleHistory']) ? (body['saleHistory'] as readonly Json[]) : [];
  const life = history.find((entry) => isObject(entry) && entry['lifeId'] === body['saleLifeId']);
  const { appraisalPriceLower = null, appraisalPriceUpper = null } = isObject(life) ? life : {};
  return restOf(
    { appraisalPriceLower, appraisalPriceUpper, ...body },
    BY_CLASS[propertyClass] ?? SALE,
    SALE_OWN,
  );
}

function restOf(body: JsonObject, peoples: Projection, own: Projection): JsonObject {
  return { ...projected(body, peoples), state: projected(body, own) };
}

/** The body of a write that sends all of it back. */
export function bodyOf(rest: JsonObject | null | undefined): JsonObject {
  const { state, ...peoples } = rest ?? {};
  return { ...peoples, ...(isObject(state) && state) };
}

function projected(body: JsonObject, projection: Projection): JsonObject {
  return Object.fromEntries(
    Object.entries(projection).flatMap(([name, project]): [string, Json][] => {
      const value = body[name];
      const sent = value === undefined || value === null ? null : project(value);
      return sent === null ? [] : [[name, sent]];
    }),
  );
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).filter((item) => item !== null).map(withoutNulls);
  }
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]));
}
