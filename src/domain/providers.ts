/** Every CRM that the product names, by the id that routes, stores and letters use; those without a connector yet are announced. */
export const PROVIDERS = [
  { id: 'mri_vault', name: 'MRI Vault' },
  { id: 'salesforce', name: 'Salesforce' },
  { id: 'top_producer', name: 'Top Producer' },
  { id: 'kvcore', name: 'kvCORE' },
  { id: 'follow_up_boss', name: 'Follow Up Boss' },
] as const;

/** One of these, or of a connector that somebody adds. */
export type ProviderId = (typeof PROVIDERS)[number]['id'] | (string & {});
