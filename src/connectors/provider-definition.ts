import type { IsPlaceholder } from '../domain/canonical/placeholder-emails.ts';
import type { ProviderId } from '../domain/providers.ts';
import type { OpenMail } from './mail-transport.port.ts';
import type { ConnectorPage } from './connector-page.ts';
import type { CrmConnector, OperatorSetting, OperatorValues } from './connector.port.ts';

/** How one of a provider's interfaces comes into the service: what the operator sets for it, and how it is made of that. */
export interface ProviderDefinition {
  readonly id: ProviderId;
  /** As the connector's own. Absent: the provider's first interface, or its only one. */
  readonly dialect?: string;
  readonly operatorSettings: readonly OperatorSetting[];
  /** The setting (`FUB_BASE_URL`) that names a stand-in for the vendor's fixed host. Absent: every customer has a host of their own. */
  readonly baseUrlSetting?: string;
  /** The vendor has no address that is known: without the setting it can't be connected. */
  readonly baseUrlRequired?: true;
  /** What people read of it: `docs/connectors.md` is written of that. */
  readonly page?: ConnectorPage;
  /** Also called where a required setting is missing: what the connector says of itself is shown, and none of its verbs is called. */
  create(means: ConnectorMeans): CrmConnector;
}

/** What the operator gives a connector. */
export interface ConnectorMeans {
  /** Those of the declared settings that are set. */
  readonly operator: OperatorValues;
  /** Stands in for the vendor's documented base, version path included, without a slash at its end; null: the vendor's. */
  readonly baseUrl: string | null;
  readonly isPlaceholder: IsPlaceholder;
  /** The way to a mail server, for who sends mails. Absent: there is none. */
  readonly openMail?: OpenMail;
}
