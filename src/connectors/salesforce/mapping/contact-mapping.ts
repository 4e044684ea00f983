import { compareEmail, isEmail } from '../../../domain/canonical/email-address.ts';
import type { IsPlaceholder } from '../../../domain/canonical/placeholder-emails.ts';
import { visibleText } from '../../../domain/canonical/invisible-marks.ts';
import { naturalKeyHash } from '../../../domain/content-hash.ts';
import type { Contact, EntityBody } from '../../../domain/entity.ts';
import type { DraftRefusal, DraftRemark, KindMapping, MappingContext } from '../../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../../domain/remote-record.ts';
import { realNotes } from '../../mapping-parts/note-lines.ts';
import { optOutsOf } from '../../mapping-parts/opt-outs.ts';
import { firstEmail, firstPhone } from '../../mapping-parts/real-entries.ts';
import { splitWithLastName } from '../../mapping-parts/split-name.ts';
import { textOf, tooLong } from './field-values.ts';
import { CONTACT, ZENA_ID } from '../api/objects.ts';
import { keyOfZena, zenaIdOf } from './zena-id.ts';

/** Contacts of Zena's in Salesforce's words. */
export function contactMapping(isPlaceholder: IsPlaceholder): KindMapping {
  return {
    sharings: {
      [ZENA_ID]: 'first_only',
      Description: 'lines',
      HasOptedOutOfEmail: 'set_only',
      DoNotCall: 'set_only',
    },
    fields: (body, context) => contactFields(contactOf(body), context),
    refusals: (body, context) => contactRefusals(contactOf(body), context),
    keys: (fields) => contactKeys(fields, isPlaceholder),
    remarks: (body) => contactRemarks(contactOf(body)),
  };
}

function contactOf(body: EntityBody): Contact {
  if (body.kind !== 'contact') throw new TypeError('A contact is made of a contact');
  return body.contact;
}

function contactFields(contact: Contact, context: MappingContext): CrmFields {
  const { emails, phones, role, relationshipNotes } = contact;
  const email = firstEmail(emails, 'Email').value;
  const phone = firstPhone(phones, 'Phone').value;
  const { firstName, lastName } = splitWithLastName(contact.name);
  const optOuts = optOutsOf(contact);
  return {
    [ZENA_ID]: zenaIdOf(context),
    FirstName: firstName,
    // Salesforce wants one of everybody: whoever has no name is called by how to reach them.
    LastName: lastName || email || phone,
    Email: email,
    Phone: phone,
    ZenaRole__c: visibleText(role).trim(),
    Description: realNotes(relationshipNotes).join('\n'),
    HasOptedOutOfEmail: optOuts.email,
    DoNotCall: optOuts.phone,
  };
}

function contactRefusals(contact: Contact, context: MappingContext): readonly DraftRefusal[] {
  const fields = contactFields(contact, context);
  const nameless: readonly DraftRefusal[] =
    textOf(fields['LastName']) === ''
      ? [
          {
            field: 'LastName',
            code: 'NAME_MISSING',
            detail: 'Salesforce takes nobody without a name. Enter a name, an e-mail or a phone number.',
          },
        ]
      : [];
  return [...nameless, ...tooLong(CONTACT, fields)];
}

function contactRemarks({ emails, phones, doNotContact }: Contact): readonly DraftRemark[] {
  const [, ...otherEmails] = emails.filter((email) => email.trim() !== '');
  const [, ...otherPhones] = phones.filter((phone) => phone.trim() !== '');
  const ways = (doNotContact ?? []).filter((way) => way === 'sms' || way === 'post');
  return [
    ...firstEmail(emails, 'Email').remarks,
    ...firstPhone(phones, 'Phone').remarks,
    ...(otherEmails.length > 0 ? [notCarried('Email', 'further e-mails: a contact has one')] : []),
    ...(otherPhones.length > 0 ? [notCarried('Phone', 'further phone numbers: they are people’s own')] : []),
    ...(ways.length > 0
      ? [notCarried('doNotContact', `wants no contact by ${ways.join(', ')}: there is no field for it`)]
      : []),
  ];
}

function notCarried(field: string, what: string): DraftRemark {
  return { field, code: 'not_carried', detail: `Not sent: ${what}.` };
}

/** By e-mail, together with our own id; without an e-mail by that id alone. */
function contactKeys(fields: CrmFields, isPlaceholder: IsPlaceholder): readonly NaturalKey[] {
  const email = textOf(fields['Email']);
  if (!isEmail(email) || isPlaceholder(email)) return keyOfZena('contact', fields);
  const zenaId = textOf(fields[ZENA_ID]);
  return [
    {
      kind: 'contact',
      strength: 'good',
      value: { Email: email, ...(zenaId !== '' && { [ZENA_ID]: zenaId }) },
      hash: naturalKeyHash('contact', compareEmail(email)),
      formerHashes: [],
    },
  ];
}
