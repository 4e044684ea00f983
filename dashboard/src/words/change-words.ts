import type { Change, ChangeCode, EntityKind } from '../api/types.ts';
import type { Tone } from './tone.ts';

const WORDS: Readonly<Record<ChangeCode, readonly [Tone, (crm: string) => string]>> = {
  created: ['good', (crm) => `Added to ${crm}`],
  updated: ['good', (crm) => `Updated in ${crm}`],
  adopted: ['good', (crm) => `Found in ${crm} and linked`],
  deleted: ['good', (crm) => `Removed from ${crm}`],
  unchanged: ['quiet', () => 'Already up to date'],
  superseded: ['quiet', () => 'Another contact with the same email is newer'],
  not_synced: ['quiet', () => 'Not sent: switched off in your settings'],
  unsupported: ['quiet', (crm) => `Not sent: ${crm} has no records of this kind`],
  not_owner: ['quiet', () => 'Not sent: it belongs to someone else now'],
  kept_in_crm: ['quiet', (crm) => `Deleted in Zena, kept in ${crm}`],
  kept_for_people: ['wait', (crm) => `Deleted in Zena, kept in ${crm}: people have worked in it`],
  kept_for_connection: ['quiet', (crm) => `Deleted in Zena, kept in ${crm}: another connection has it`],
  sent_once: ['quiet', () => 'Not sent: it goes there once, when it is new'],
  nothing_to_deliver: ['quiet', () => 'Not sent: it is empty so far'],
  unlinked: ['quiet', (crm) => `No longer linked with ${crm}`],
  gone_in_crm: ['wait', (crm) => `Was removed in ${crm}; adding it once more`],
  ambiguous_matches: ['wait', (crm) => `Several matches in ${crm}; using the oldest`],
  create_uncertain: ['wait', (crm) => `No answer from ${crm}; looking before trying again`],
  waiting_for_reference: ['wait', () => 'Waiting for a record it refers to'],
  waiting_for_twin: ['wait', () => 'Waiting for another record with the same details'],
  rate_limited: ['wait', (crm) => `${crm} asked us to slow down`],
  retrying: ['wait', () => 'Didn’t go through; trying again soon'],
  needs_reauth: ['bad', (crm) => `${crm} refused your credentials`],
  rejected: ['bad', (crm) => `${crm} refused it`],
  dead: ['bad', () => 'Gave up for now; needs a look'],
  stray_found: ['bad', (crm) => `There is a duplicate in ${crm}`],
  stray_removed: ['good', (crm) => `Removed our duplicate from ${crm}`],
  changed_in_crm: ['quiet', (crm) => `Changed by people in ${crm}`],
  changed_by_connection: ['quiet', (crm) => `Changed in ${crm} by another connection`],
  left_out: ['wait', () => 'Part of it was left out'],
  unconfirmed: ['wait', (crm) => `Part of it may be missing in ${crm}`],
};

/** Codes of which the service's own sentence says no more than ours. */
const SAY_IT_ALL: readonly ChangeCode[] = [
  'created',
  'updated',
  'deleted',
  'unsupported',
  'waiting_for_reference',
  'waiting_for_twin',
];

/** The service's sentence where it adds something; null where a list of refused fields says it better. */
export function changeDetail({
  code,
  detail,
  errors,
}: Pick<Change, 'code' | 'detail' | 'errors'>): string | null {
  return detail === '' || errors.length > 0 || SAY_IT_ALL.includes(code) ? null : detail;
}

/** What happened to a record, in plain words. A code that this page doesn't know is told by the service's own sentence. */
export function changeWords(
  { code, detail }: Pick<Change, 'code' | 'detail'>,
  crm: string,
): { tone: Tone; text: string } {
  if (!Object.hasOwn(WORDS, code)) return { tone: 'quiet', text: detail };
  const [tone, text] = WORDS[code];
  return { tone, text: text(crm) };
}

export const KIND_WORDS: Readonly<Record<EntityKind, { readonly one: string; readonly many: string }>> = {
  contact: { one: 'Contact', many: 'Contacts' },
  property: { one: 'Property', many: 'Properties' },
  deal: { one: 'Deal', many: 'Deals' },
};

const FIELD_WORDS: Readonly<Record<string, string>> = { propertyId: 'property', type: 'role' };

/** A CRM's field name as a person would say it: `nextActionOwner` is `next action owner`. */
export function fieldWords(name: string): string {
  return (
    FIELD_WORDS[name] ??
    name
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replaceAll('_', ' ')
      .toLowerCase()
  );
}

/** At most four names, the rest counted. */
export function fieldListWords(names: readonly string[]): string {
  const shown = names.slice(0, 4).map(fieldWords);
  const more = names.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
