import { compareEmail, isEmail, readableEmail } from '../../domain/canonical/email-address.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { naturalKeyHash, textHash } from '../../domain/content-hash.ts';
import type { Contact, EntityBody, RecordKey } from '../../domain/entity.ts';
import type {
  DraftRefusal,
  DraftRemark,
  FieldSharings,
  KindMapping,
  MappingContext,
} from '../../domain/mapping.ts';
import type { CrmFields, NaturalKey, SoughtKey } from '../../domain/remote-record.ts';
import { realNotes } from '../mapping-parts/note-lines.ts';
import { optOutsOf } from '../mapping-parts/opt-outs.ts';
import { firstPhone, realEmails } from '../mapping-parts/real-entries.ts';
import { splitName } from '../mapping-parts/split-name.ts';
import { EMPTIED } from './assumed.ts';
import { NOTES } from './contact-wire.ts';
import { readText, sentId } from './wire.ts';

const SHARINGS: FieldSharings = {
  first_name: EMPTIED,
  last_name: EMPTIED,
  email: EMPTIED,
  second_email: EMPTIED,
  cell_phone_1: EMPTIED,
  deal_type: { member: null, as: 'text' },
  optOuts: 'set_only',
  external_vendor_id: 'first_only',
  assigned_agent_id: 'first_only',
  [NOTES]: 'appended',
};

/** What Zena's roles are there; whoever has another is of no type. */
const DEAL_TYPES: Readonly<Record<string, string>> = { buyer: 'buyer', vendor: 'seller' };

/** Roles that say nothing. */
const NO_ROLES: ReadonlySet<string> = new Set(['', 'other']);

/** Contacts as kvCORE's. */
export function contactMapping(isPlaceholder: IsPlaceholder): KindMapping {
  return {
    sharings: SHARINGS,
    factsFor: () => ['agent'],
    refusals: (body, context) => contactRefusals(contactOf(body), context),
    fields: (body, context) => contactFields(contactOf(body), context),
    keys: (fields) => contactKeys(fields, isPlaceholder),
    remarks: (body) => contactRemarks(contactOf(body)),
  };
}

function contactOf(body: EntityBody): Contact {
  if (body.kind !== 'contact') throw new TypeError('A contact is made of a contact');
  return body.contact;
}

function contactFields(contact: Contact, { facts, self }: MappingContext): CrmFields {
  const { firstName, lastName } = splitName(contact.name);
  const [email = '', second = ''] = realEmails(contact.emails, 'email').values;
  const { email: noEmail, phone: noPhone, sms: noTexts } = optOutsOf(contact);
  const type = DEAL_TYPES[roleOf(contact)];
  const agent = facts?.get('agent');
  return {
    first_name: firstName,
    last_name: lastName,
    email,
    second_email: second,
    cell_phone_1: firstPhone(contact.phones, 'cell_phone_1').value,
    deal_type: type === undefined ? [] : [type],
    optOuts: { email: noEmail, phone: noPhone, sms: noTexts },
    external_vendor_id: self === undefined ? null : vendorId(self),
    assigned_agent_id: typeof agent === 'string' ? sentId(agent) : null,
    [NOTES]: [...realNotes(contact.relationshipNotes)],
  };
}

/** Names the record for good, and tells nobody what Zena calls it. */
export function vendorId(self: RecordKey): string {
  return `zena-${textHash(self).slice(0, 32)}`;
}

function roleOf({ role }: Contact): string {
  return visibleText(role).trim().toLowerCase();
}

function contactRefusals(contact: Contact, { facts }: MappingContext): readonly DraftRefusal[] {
  const refusals: DraftRefusal[] = [];
  if (realEmails(contact.emails, 'email').values.length === 0)
    refusals.push({
      field: 'email',
      code: 'EMAIL_REQUIRED',
      detail: 'kvCORE makes no contact without an e-mail address. Give this one an e-mail in Zena.',
      only: 'create',
    });
  if (typeof facts?.get('agent') !== 'string')
    refusals.push({
      field: 'assigned_agent_id',
      code: 'AGENT_UNKNOWN',
      detail:
        'kvCORE would give a new contact to whomever its lead routing names, and it is not known whose it is: ' +
        'connect once more with the agent’s id (agentId).',
      missingIn: 'agent',
      only: 'create',
    });
  return refusals;
}

function contactRemarks(contact: Contact): readonly DraftRemark[] {
  const role = roleOf(contact);
  const isTyped = NO_ROLES.has(role) || DEAL_TYPES[role] !== undefined;
  return [
    ...realEmails(contact.emails, 'email').remarks,
    ...firstPhone(contact.phones, 'cell_phone_1').remarks,
    ...(isTyped ? [] : [notCarried('deal_type', `the role "${role.slice(0, 60)}"`)]),
    ...(optOutsOf(contact).post ? [notCarried('optOuts', 'wants no contact by post')] : []),
  ];
}

function notCarried(field: string, what: string): DraftRemark {
  return { field, code: 'not_carried', detail: `Not sent: ${what}. kvCORE has no field for it.` };
}

/** The first e-mail, where it is one person's alone. */
function contactKeys(fields: CrmFields, isPlaceholder: IsPlaceholder): readonly NaturalKey[] {
  const email = readText(fields['email']).trim();
  if (!isEmail(email) || isPlaceholder(email)) return [];
  const hash = naturalKeyHash('contact', compareEmail(email));
  return [{ kind: 'contact', strength: 'good', value: { email }, hash, formerHashes: [] }];
}

/** Whether somebody who was found has what was looked for, whole and however it is written: the search finds what begins so, too. */
export function hasEmail(fields: CrmFields, { value }: SoughtKey): boolean {
  const held = readText(fields['email']);
  return held !== '' && compareEmail(held) === compareEmail(value['email'] ?? '');
}

/** What is asked for: the value as it is and, where that finds nothing, once more as people would write it most commonly. */
export function searchesFor({ value }: SoughtKey): readonly string[] {
  const email = (value['email'] ?? '').trim();
  return [...new Set([email, compareEmail(email), readableEmail(email)])].slice(0, 2);
}
