import type { Json, JsonObject } from '../../../domain/json.ts';
import type { CallOutcome, Failure } from '../../../domain/outcome.ts';
import type { AccountIdentity, CrmHttp, CrmVerb } from '../../connector.port.ts';
import { OBJECTS, ZENA_ID, type CrmObject, type ObjectField } from './objects.ts';
import { settingsOf, type OrgSettings } from './settings.ts';
import { isAnyOf, queryAll } from './soql.ts';
import { apiPath, idIn, notAnAbsence, objectsIn, textIn, unexpected } from './wire.ts';

/** Whether the session carries requests: it costs none of what is listed there. */
export async function authenticate(http: CrmHttp): Promise<CallOutcome<true>> {
  const outcome = await http.request({ verb: 'verify', method: 'GET', path: apiPath('limits') });
  return outcome.kind === 'applied' ? { kind: 'applied', value: true } : outcome;
}

/** The fields of an object as describe has them: those that whom the connection acts as may see. */
export async function describeObject(
  http: CrmHttp,
  verb: Extract<CrmVerb, 'list' | 'read'>,
  name: string,
): Promise<CallOutcome<readonly JsonObject[]>> {
  const outcome = await http.request({ verb, method: 'GET', path: apiPath('sobjects', name, 'describe') });
  if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
  const { status, body } = outcome.value;
  const fields = objectsIn(isFields(body) ? body['fields'] : []);
  return fields.length > 0 ? { kind: 'applied', value: fields } : unexpected('a description', status);
}

function isFields(body: Json): body is JsonObject {
  return typeof body === 'object' && body !== null && 'fields' in body;
}

/** Which org it is, and whether it has what is written: all that is missing is named at once. */
export async function identify(http: CrmHttp): Promise<CallOutcome<AccountIdentity>> {
  const orgs = await queryAll(http, 'read', 'SELECT Id, Name FROM Organization LIMIT 1');
  if (orgs.kind !== 'applied') return orgs;
  const [org] = orgs.value;
  const id = idIn(org);
  if (id === null) return unexpected('which org it is', 200);
  const settings = settingsOf(http);
  const missing: string[] = [];
  for (const object of OBJECTS) {
    const faults = await objectFaults(http, object, settings);
    if (faults.kind !== 'applied') return faults;
    missing.push(...faults.value);
  }
  const account = await accountFault(http, settings);
  if (account.kind !== 'applied') return account;
  if (account.value !== null) missing.push(account.value);
  if (missing.length > 0) return setupMissing(missing);
  return {
    kind: 'applied',
    value: {
      // The first 15 letters are the org's, whatever form its id has.
      accountKey: `salesforce ${id.slice(0, 15)}`,
      label: textIn(org, 'Name') || null,
      actsAs: await actsAs(http),
    },
  };
}

function setupMissing(missing: readonly string[]): Failure {
  const detail =
    `The org is not set up for Zena: ${missing.join('; ')}. ` +
    'An administrator deploys the package that `zena-crm salesforce package` writes, and assigns its permission set to whom the connection acts as.';
  return { kind: 'unauthorised', code: 'SETUP_MISSING', detail, status: 403 };
}

async function objectFaults(
  http: CrmHttp,
  object: CrmObject,
  settings: OrgSettings,
): Promise<CallOutcome<readonly string[]>> {
  const name = settings.objectName(object);
  const described = await describeObject(http, 'read', name);
  if (described.kind === 'gone') return { kind: 'applied', value: [`there is no object ${name}`] };
  if (described.kind !== 'applied') return described;
  const faults = object.fields.flatMap((field) => {
    const api = settings.fieldName(object, field.name);
    const found = described.value.find((one) => textIn(one, 'name') === api);
    const fault = found === undefined ? 'is missing, or hidden' : fieldFault(field, found);
    return fault === null ? [] : [`${name}.${api} ${fault}`];
  });
  return { kind: 'applied', value: faults };
}

/** Null: it will do. An external id that isn't unique would need the permission to see everything. */
function fieldFault({ name }: ObjectField, found: JsonObject): string | null {
  if (found['createable'] === false || found['updateable'] === false) return 'may not be written';
  if (name !== ZENA_ID) return null;
  const lacks = [
    ...(found['externalId'] === true ? [] : ['an external id']),
    ...(found['unique'] === true ? [] : ['unique']),
    ...(found['caseSensitive'] === true ? [] : ['case-sensitive']),
  ];
  return lacks.length === 0 ? null : `has to be ${lacks.join(', ')}`;
}

/** An account that a connection names has to be there. */
async function accountFault(
  http: CrmHttp,
  { contactAccount }: OrgSettings,
): Promise<CallOutcome<string | null>> {
  if (contactAccount.is !== 'named' || contactAccount.isMade) return { kind: 'applied', value: null };
  const found = await findAccount(http, contactAccount.name);
  if (found.kind !== 'applied') return found;
  return {
    kind: 'applied',
    value: found.value === null ? `there is no account “${contactAccount.name}”` : null,
  };
}

/** The oldest account by its id or name; null: there is none. */
export async function findAccount(http: CrmHttp, name: string): Promise<CallOutcome<string | null>> {
  const isId = /^001[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?$/.test(name);
  const where = isAnyOf(isId ? 'Id' : 'Name', [name]);
  const soql = `SELECT Id FROM Account WHERE ${where} ORDER BY CreatedDate, Id LIMIT 1`;
  const found = await queryAll(http, 'find', soql);
  return found.kind === 'applied' ? { kind: 'applied', value: idIn(found.value[0]) } : found;
}

/** For people to see; whoever may not ask goes without. */
async function actsAs(http: CrmHttp): Promise<string | null> {
  const path = ['services', 'oauth2', 'userinfo'];
  const outcome = await http.request({ verb: 'list', method: 'GET', path });
  if (outcome.kind !== 'applied') return null;
  const { body } = outcome.value;
  return textIn(body, 'name') || textIn(body, 'preferred_username') || null;
}
