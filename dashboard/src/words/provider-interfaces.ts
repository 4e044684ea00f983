import type { CredentialField, Integration, Provider } from '../api/types.ts';

/** Says which of a provider's interfaces is meant; whoever chooses one in the form doesn't type it. */
export const INTERFACE_FIELD = 'apiVersion';

/** One way in, as people choose it. Null: the first, or the only one. */
export type Interface = string | null;

/** Those that can be chosen between; none where there is only one. */
export function interfacesOf({ dialects }: Pick<Provider, 'dialects'>): readonly Interface[] {
  return dialects.filter(({ available }) => available).map(({ dialect }) => dialect);
}

/** The one that a connection has, where it can be had still. */
export function firstChoice(
  choices: readonly Interface[],
  integration: Pick<Integration, 'dialect'> | null,
): Interface {
  const own = integration?.dialect ?? null;
  return choices.includes(own) ? own : (choices[0] ?? null);
}

/** What one of them is, in its connector's words; null: it says nothing of that. */
export function interfaceHelp({ dialects }: Pick<Provider, 'dialects'>, dialect: Interface): string | null {
  const own = dialects.find((one) => one.dialect === dialect)?.credentialFields ?? [];
  return dialect === null ? null : (own.find(({ name }) => name === INTERFACE_FIELD)?.help ?? null);
}

export function interfaceName(dialect: Interface): string {
  return dialect ?? 'Standard';
}

/** What the operator of the service has to give for it; null: nothing is known to be missing. */
export function unavailableReasonOf(provider: Pick<Provider, 'dialects' | 'unavailableReason'> | undefined) {
  if (provider === undefined) return null;
  const { dialects, unavailableReason } = provider;
  return unavailableReason ?? dialects.find(({ available }) => !available)?.unavailableReason ?? null;
}

/** What is asked for to connect by this interface. */
export function fieldsOf(
  { credentialFields, dialects }: Pick<Provider, 'credentialFields' | 'dialects'>,
  dialect: Interface,
): readonly CredentialField[] {
  const own = dialects.find((one) => one.dialect === dialect)?.credentialFields ?? credentialFields;
  return own.filter(({ name }) => dialect === null || name !== INTERFACE_FIELD);
}
