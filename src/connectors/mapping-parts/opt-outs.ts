import type { Contact, DoNotContact } from '../../domain/entity.ts';

/** By way of contact, whether a person wants none by it: for fields that a sync sets and never unsets (sharing `set_only`). */
export function optOutsOf({
  doNotContact,
}: Pick<Contact, 'doNotContact'>): Readonly<Record<DoNotContact, boolean>> {
  const has = (way: DoNotContact): boolean => doNotContact?.includes(way) === true;
  return { email: has('email'), phone: has('phone'), sms: has('sms'), post: has('post') };
}
