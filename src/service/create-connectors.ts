import type { Config } from '../config/config.ts';
import type { DeclaredSetting } from '../config/declared-settings.ts';
import { followUpBossProvider } from '../connectors/follow-up-boss/follow-up-boss.ts';
import { kvcoreProvider } from '../connectors/kvcore/kvcore.ts';
import type { OpenMail } from '../connectors/mail-transport.port.ts';
import { mriVaultProvider } from '../connectors/mri-vault/mri-vault.ts';
import { topProducerHttpProvider } from '../connectors/top-producer/http-adapter.ts';
import { leadMailsProvider } from '../connectors/top-producer/lead-mails.ts';
import { vaultreProvider } from '../connectors/vaultre/vaultre.ts';
import { salesforceProvider } from '../connectors/salesforce/salesforce.ts';
import type { OperatorValues, ProviderDefinition } from '../connectors/provider-definition.ts';
import { createPlaceholderCheck } from '../domain/canonical/placeholder-emails.ts';
import type { Remedies } from '../domain/deciding/remedy.ts';
import { openSmtpMail } from '../wire/smtp-mail.ts';
import { providerName } from '../domain/providers.ts';
import type { ProviderCatalogue, UnavailableConnector } from '../integrations/integration.port.ts';

/**
 * Every CRM that can be connected. Adding one is a folder in `connectors` and a line here. Where a provider has several interfaces, the
 * first one takes what no other does. What else a CRM needs stands in its definition; its sandbox is found by its folder.
 */
export const DEFINITIONS: readonly ProviderDefinition[] = [
  mriVaultProvider,
  vaultreProvider,
  followUpBossProvider,
  kvcoreProvider,
  salesforceProvider,
  leadMailsProvider,
  topProducerHttpProvider,
];

/** What connectors want of the operator, for whoever reads the configuration. */
export const DECLARED_SETTINGS: readonly DeclaredSetting[] = declaredSettings(DEFINITIONS);

/** What connectors alone give records up for, in words. */
export const CONNECTOR_REMEDIES: Remedies = Object.assign(
  {},
  ...DEFINITIONS.map(({ remedies = {} }) => remedies),
) as Remedies;

type Means = Pick<Config, 'declared' | 'placeholderEmails'>;

/** The CRMs of this process, with what keeps some of them from being connected; the others of `PROVIDERS` are announced only. */
export function createConnectors(
  { declared, placeholderEmails }: Means,
  definitions: readonly ProviderDefinition[] = DEFINITIONS,
  openMail: OpenMail = openSmtpMail,
): ProviderCatalogue {
  const isPlaceholder = createPlaceholderCheck(placeholderEmails);
  const valueOf = (name: string): string | null => declared[name]?.reveal() ?? null;
  const made = definitions.map(
    (definition): Omit<UnavailableConnector, 'reason'> & { reason: string | null } => {
      const operator: OperatorValues = Object.fromEntries(
        definition.operatorSettings.flatMap(({ name }) => {
          const value = valueOf(name);
          return value === null ? [] : [[name, value]];
        }),
      );
      const { baseUrlSetting } = definition;
      const baseUrl = baseUrlSetting === undefined ? null : valueOf(baseUrlSetting);
      return {
        connector: definition.create({ operator, baseUrl, isPlaceholder, openMail }),
        reason: reasonOf(definition, operator, baseUrl),
      };
    },
  );
  return {
    available: made.filter(({ reason }) => reason === null).map(({ connector }) => connector),
    unavailable: made.flatMap(({ connector, reason }) => (reason === null ? [] : [{ connector, reason }])),
  };
}

/** What people are told who would connect it, and the operator who can mend it; null: nothing is missing. */
function reasonOf(
  { operatorSettings, baseUrlSetting, baseUrlRequired }: ProviderDefinition,
  operator: OperatorValues,
  baseUrl: string | null,
): string | null {
  const unset = operatorSettings.filter(({ name, required }) => required && operator[name] === undefined);
  const isHomeless = baseUrlRequired === true && baseUrlSetting !== undefined && baseUrl === null;
  const missing = [...unset.map(({ name }) => name), ...(isHomeless ? [baseUrlSetting] : [])];
  if (missing.length === 0) return null;
  const names = missing.join(', ');
  return `The operator of this service has not set it up: ${names} ${missing.length === 1 ? 'is' : 'are'} not set.`;
}

/** Each once, also where two interfaces of a provider want the same. */
export function declaredSettings(definitions: readonly ProviderDefinition[]): readonly DeclaredSetting[] {
  const declared = new Map<string, DeclaredSetting>();
  for (const { id, operatorSettings, baseUrlSetting } of definitions) {
    const provider = providerName({ id });
    for (const { name, secret, required, help } of operatorSettings) {
      const need = required ? ` Without it ${provider} can't be connected.` : '';
      declared.set(name, { name, use: 'text', secret, doc: `${provider}: ${help}${need}` });
    }
    if (baseUrlSetting === undefined) continue;
    const doc = `${provider}: stands in for the vendor's address, version path included (a sandbox). \`ALLOWED_INSTANCE_HOSTS\` must name its host`;
    declared.set(baseUrlSetting, { name: baseUrlSetting, use: 'base-url', secret: false, doc });
  }
  return [...declared.values()];
}
