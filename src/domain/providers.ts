/** Every CRM that the product names, by the id that routes, stores and letters use; those without a connector yet are announced. */
export const PROVIDERS = [
  { id: 'mri_vault', name: 'MRI Vault' },
  { id: 'salesforce', name: 'Salesforce Real Estate' },
  { id: 'top_producer', name: 'Top Producer' },
  { id: 'kvcore', name: 'kvCORE' },
  { id: 'follow_up_boss', name: 'Follow Up Boss' },
] as const;

/** One of these, or of a connector that somebody adds. */
export type ProviderId = (typeof PROVIDERS)[number]['id'] | (string & {});

interface Named {
  readonly id: ProviderId;
  /** Absent: as the list above has it, or the id. */
  readonly name?: string;
}

/** What people call a connector's provider. */
export function providerName({ id, name }: Named): string {
  return PROVIDERS.find((provider) => provider.id === id)?.name ?? name ?? id;
}

/** The announced ones, and those of connectors that nobody announced, each once. */
export function allProviders(
  connectors: readonly Named[],
): readonly { readonly id: ProviderId; readonly name: string }[] {
  const all = new Map<ProviderId, string>(PROVIDERS.map(({ id, name }) => [id, name]));
  for (const connector of connectors)
    if (!all.has(connector.id)) all.set(connector.id, providerName(connector));
  return [...all].map(([id, name]) => ({ id, name }));
}
