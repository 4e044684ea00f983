import type { CredentialField, Provider } from '../api/types.ts';

/** Says which of a provider's interfaces is meant; whoever chooses one in the form doesn't type it. */
export const INTERFACE_FIELD = 'apiVersion';

/** One way in, as people choose it. Null: the first, or the only one. */
export type Interface = string | null;

/** Those that can be chosen between; none where there is only one. */
export function interfacesOf({ dialects }: Pick<Provider, 'dialects'>): readonly Interface[] {
  return dialects.filter(({ available }) => available).map(({ dialect }) => dialect);
}

export function interfaceName(dialect: Interface): string {
  return dialect ?? 'Standard';
}

/** What is asked for to connect by this interface. */
export function fieldsOf(
  { credentialFields, dialects }: Pick<Provider, 'credentialFields' | 'dialects'>,
  dialect: Interface,
): readonly CredentialField[] {
  const own = dialects.find((one) => one.dialect === dialect)?.credentialFields ?? credentialFields;
  return own.filter(({ name }) => dialect === null || name !== INTERFACE_FIELD);
}
