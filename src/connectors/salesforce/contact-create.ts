import { compareEmail } from '../../domain/canonical/email-address.ts';
import { comparePhone } from '../../domain/canonical/phone-number.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CreatedRecord, CrmFields } from '../../domain/remote-record.ts';
import type { CrmHttp } from '../connector.port.ts';
import { isSameName } from '../mapping-parts/split-name.ts';
import { textOf } from './mapping/field-values.ts';
import { CONTACT } from './api/objects.ts';
import { createdOf, nameOf, newBody, postRecord, selectWhere } from './api/record-client.ts';
import { errorsIn, failureOf } from './api/refusals.ts';
import { settingsOf, type ContactAccount } from './api/settings.ts';
import { findAccount } from './api/setup.ts';
import { isAnyOf } from './api/soql.ts';
import { API_VERSION } from './api/assumed.ts';
import { apiPath, createWithoutId, idIn, objectsIn, textIn, unexpected } from './api/wire.ts';

/** A new contact in the account that the connection says. Whom a duplicate rule takes it for is looked for, and taken where it is the same person. */
export async function createContact(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
  const made = await createIn(http, settingsOf(http).contactAccount, fields);
  if (made.kind !== 'rejected' || made.code !== 'DUPLICATES_DETECTED') return made;
  return await sameContact(http, fields, made);
}

async function createIn(
  http: CrmHttp,
  account: ContactAccount,
  fields: CrmFields,
): Promise<CallOutcome<CreatedRecord>> {
  const body = newBody(http, CONTACT, fields);
  if (account.is === 'each') return await createWithAccount(http, body, fields);
  const extras = await contactExtras(http);
  if (extras.kind !== 'applied') return extras;
  const made = await postRecord(http, CONTACT, { ...body, ...extras.value });
  // It may be the account that isn't there any more.
  if (made.kind === 'retry_later' && made.code === 'REFERENCE_GONE' && http.own !== undefined)
    ACCOUNTS.delete(http.own.lifetime);
  return made;
}

/** What a new contact has beside its mapped fields, where several are made at once: an account for each is another record. */
export async function contactExtras(http: CrmHttp): Promise<CallOutcome<JsonObject>> {
  const { contactAccount } = settingsOf(http);
  if (contactAccount.is === 'private') return { kind: 'applied', value: {} };
  if (contactAccount.is === 'each') {
    const detail = 'With an account for each contact, contacts are made one by one.';
    return { kind: 'rejected', code: 'MADE_ONE_BY_ONE', detail, status: null, fields: [] };
  }
  const found = await accountId(http, contactAccount);
  return found.kind === 'applied' ? { kind: 'applied', value: { AccountId: found.value } } : found;
}

/** By what is in use: the same for all who ask at once. */
const ACCOUNTS = new WeakMap<object, Promise<CallOutcome<string>>>();

/** The id of the account that contacts share. One is made where the connection names none. */
export async function accountId(
  http: CrmHttp,
  account: Extract<ContactAccount, { is: 'named' }>,
): Promise<CallOutcome<string>> {
  const lifetime = http.own?.lifetime;
  const known = lifetime === undefined ? undefined : ACCOUNTS.get(lifetime);
  if (known !== undefined) return await known;
  const asked = readAccountId(http, account);
  if (lifetime !== undefined) ACCOUNTS.set(lifetime, asked);
  const outcome = await asked;
  if (outcome.kind !== 'applied' && lifetime !== undefined) ACCOUNTS.delete(lifetime);
  return outcome;
}

async function readAccountId(
  http: CrmHttp,
  { name, isMade }: Extract<ContactAccount, { is: 'named' }>,
): Promise<CallOutcome<string>> {
  const found = await findAccount(http, name);
  if (found.kind !== 'applied') return found;
  if (found.value !== null) return { kind: 'applied', value: found.value };
  if (!isMade) {
    const detail = `Salesforce has no account “${name}”, which new contacts are to belong to: make it there, or connect with another.`;
    return { kind: 'rejected', code: 'ACCOUNT_MISSING', detail, status: null, fields: [], whose: 'record' };
  }
  // Nothing of the contact's is made by it, and made twice it is found once.
  const body = { Name: name };
  const path = apiPath('sobjects', 'Account');
  const outcome = await http.request({ verb: 'update', method: 'POST', path, body });
  if (outcome.kind !== 'applied') return outcome;
  const id = idIn(outcome.value.body, 'id');
  return id === null ? unexpected('a new account', outcome.value.status) : { kind: 'applied', value: id };
}

/** Both or none, in one request. */
async function createWithAccount(
  http: CrmHttp,
  body: JsonObject,
  fields: CrmFields,
): Promise<CallOutcome<CreatedRecord>> {
  const name = `${textOf(fields['FirstName'])} ${textOf(fields['LastName'])}`.trim();
  const url = `/services/data/${API_VERSION}/sobjects`;
  const requests = [
    { method: 'POST', url: `${url}/Account`, referenceId: 'account', body: { Name: name } },
    {
      method: 'POST',
      url: `${url}/Contact`,
      referenceId: 'contact',
      body: { ...body, AccountId: '@{account.id}' },
    },
  ];
  const outcome = await http.request({
    verb: 'create',
    method: 'POST',
    path: apiPath('composite'),
    body: { allOrNone: true, compositeRequest: requests },
  });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: answer } = outcome.value;
  const answers = objectsIn(
    typeof answer === 'object' && answer !== null && 'compositeResponse' in answer
      ? answer['compositeResponse']
      : [],
  );
  const contact = answers.find((one) => textIn(one, 'referenceId') === 'contact');
  if (contact?.['httpStatusCode'] === 201) return createdOf(contact['body'] ?? null, status);
  const errors = answers
    .flatMap((one) => errorsIn(one['body'] ?? null))
    .filter(({ code }) => code !== 'PROCESSING_HALTED');
  const [first] = errors;
  return first === undefined ? createWithoutId(status) : failureOf(first, 400);
}

/** The oldest contact of the same name who can be reached in the same way; else what the rule says. */
async function sameContact(
  http: CrmHttp,
  fields: CrmFields,
  refusal: Failure,
): Promise<CallOutcome<CreatedRecord>> {
  const where = isAnyOf(nameOf(http, CONTACT, 'LastName'), [textOf(fields['LastName'])]);
  const found = await selectWhere(http, CONTACT, where);
  if (found.kind !== 'applied') return found;
  const same = found.value.find((hit) => isSamePerson(hit.fields, fields));
  if (same === undefined) return refusal;
  const { id, version, fields: held } = same;
  return { kind: 'applied', value: { id, version, fields: held, origin: 'existing' } };
}

function isSamePerson(found: CrmFields, wanted: CrmFields): boolean {
  const nameOfFields = (of: CrmFields) => ({
    firstName: textOf(of['FirstName']),
    lastName: textOf(of['LastName']),
  });
  const shares = (field: string, compare: (text: string) => string): boolean => {
    const [one, other] = [textOf(found[field]), textOf(wanted[field])];
    return one !== '' && other !== '' && compare(one) === compare(other);
  };
  return (
    isSameName(nameOfFields(found), nameOfFields(wanted)) &&
    (shares('Email', compareEmail) || shares('Phone', comparePhone))
  );
}
