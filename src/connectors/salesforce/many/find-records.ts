import { compareEmail, readableEmail } from '../../../domain/canonical/email-address.ts';
import { compareWord } from '../../../domain/canonical/compare-word.ts';
import { fullAddress, shortAddress } from '../../../domain/canonical/full-address.ts';
import { compareAddress, unaccentedAddress } from '../../../domain/canonical/street-address.ts';
import type { CallOutcome } from '../../../domain/outcome.ts';
import type { CrmFields, RemoteHit, SoughtKey } from '../../../domain/remote-record.ts';
import type { CrmHttp } from '../../connector.port.ts';
import { textOf } from '../mapping/field-values.ts';
import { CONTACT, OPPORTUNITY, PROPERTY, ZENA_ID, type CrmObject } from '../api/objects.ts';
import { nameOf, selectWhere } from '../api/record-client.ts';
import { isAnyOf, soqlBeginning, soqlText } from '../api/soql.ts';

/** How records of a kind are looked for beside our own id. */
export interface Search {
  readonly object: CrmObject;
  /** A condition of SOQL that finds at least what matches; null: there is nothing to look for. */
  where(http: CrmHttp, value: SoughtKey['value']): string | null;
  matches(fields: CrmFields, value: SoughtKey['value']): boolean;
}

export const BY_EMAIL: Search = {
  object: CONTACT,
  where(http, { Email: email }) {
    if (email === undefined) return null;
    const forms = [email.trim(), compareEmail(email), readableEmail(email)];
    return isAnyOf(nameOf(http, CONTACT, 'Email'), inAnyCase(forms));
  },
  matches: ({ Email: held }, { Email: email = '' }) => compareEmail(textOf(held)) === compareEmail(email),
};

export const BY_ADDRESS: Search = {
  object: PROPERTY,
  where(http, { Address__c: address }) {
    if (address === undefined) return null;
    const forms = [address.trim(), unaccentedAddress(address), fullAddress(address), shortAddress(address)];
    const field = nameOf(http, PROPERTY, 'Address__c');
    const start = beginningOf(address);
    const begins = start === null ? [] : [`${field} LIKE ${soqlBeginning(start)}`];
    return [isAnyOf(field, inAnyCase(forms)), ...begins].join(' OR ');
  },
  matches: ({ Address__c: held }, { Address__c: address = '' }) =>
    compareAddress(textOf(held)) === compareAddress(address),
};

export const BY_PROPERTY: Search = {
  object: OPPORTUNITY,
  where(http, { Property__c: propertyId, StageName: stage }) {
    if (propertyId === undefined || stage === undefined) return null;
    const [property, stageName] = [
      nameOf(http, OPPORTUNITY, 'Property__c'),
      nameOf(http, OPPORTUNITY, 'StageName'),
    ];
    return `(${property} = ${soqlText(propertyId)} AND ${stageName} = ${soqlText(stage)})`;
  },
  matches: ({ Property__c: held, StageName: stage }, value) =>
    textOf(held).slice(0, 15) === (value['Property__c'] ?? '').slice(0, 15) &&
    compareWord(textOf(stage)) === compareWord(value['StageName'] ?? ''),
};

/** Its number and the first word of its street, where it begins with them: people go on in many ways. */
function beginningOf(address: string): string | null {
  return /^\s*(\d[\w/-]*\s+[^\s,]{3,})/u.exec(address)?.[1] ?? null;
}

/** Texts are compared without regard to capitals there. */
function inAnyCase(texts: readonly string[]): readonly string[] {
  return [...new Map(texts.map((text) => [text.toLowerCase(), text] as const)).values()];
}

/** By our own id and by the other key in one question. */
export async function findRecords(
  http: CrmHttp,
  search: Search,
  { value }: SoughtKey,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const where = conditionOf(http, search, value);
  if (where === null) return { kind: 'applied', value: [] };
  const found = await selectWhere(http, search.object, where);
  if (found.kind !== 'applied') return found;
  return { kind: 'applied', value: answersOf(search, value, found.value) };
}

/** A condition of SOQL that finds at least what a key stands for; null: it stands for nothing. */
export function conditionOf(
  http: CrmHttp,
  { object, where }: Search,
  value: SoughtKey['value'],
): string | null {
  const zenaId = value[ZENA_ID];
  const byZena = zenaId === undefined ? [] : [isAnyOf(nameOf(http, object, ZENA_ID), [zenaId])];
  const byKey = where(http, value);
  const conditions = [...byZena, ...(byKey === null ? [] : [byKey])];
  return conditions.length === 0 ? null : conditions.join(' OR ');
}

/** What of the rows a key stands for: which has our id comes first. */
export function answersOf(
  { matches }: Search,
  value: SoughtKey['value'],
  rows: readonly RemoteHit[],
): readonly RemoteHit[] {
  const zenaId = value[ZENA_ID];
  const isOurs = ({ fields }: RemoteHit): boolean => zenaId !== undefined && fields[ZENA_ID] === zenaId;
  const hasKey = Object.keys(value).some((name) => name !== ZENA_ID);
  const others = hasKey ? rows.filter((hit) => !isOurs(hit) && matches(hit.fields, value)) : [];
  return [...rows.filter(isOurs), ...others];
}
