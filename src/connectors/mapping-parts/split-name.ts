import { cleanName, compareName } from '../../domain/canonical/person-name.ts';

/** A name as most CRMs keep it. */
export interface SplitName {
  readonly firstName: string;
  readonly lastName: string;
}

/** The first word, and the rest. */
export function splitName(name: string): SplitName {
  const [firstName = '', ...others] = cleanName(name).split(' ');
  return { firstName, lastName: others.join(' ') };
}

/** The same for a CRM that wants a last name: a name of one word is that. */
export function splitWithLastName(name: string): SplitName {
  const { firstName, lastName } = splitName(name);
  return lastName === '' ? { firstName: '', lastName: firstName } : { firstName, lastName };
}

/** Whether two are one name, however it is written and wherever it was split; none agrees with an empty one. */
export function isSameName(one: SplitName, other: SplitName): boolean {
  const name = whole(one);
  return name !== '' && name === whole(other);
}

function whole({ firstName, lastName }: SplitName): string {
  return compareName(`${firstName} ${lastName}`);
}
