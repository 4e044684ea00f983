import type { IsPlaceholder } from '../domain/canonical/placeholder-emails.ts';
import type { ProviderId } from '../domain/providers.ts';
import type { Remedies } from '../domain/deciding/remedy.ts';
import type { OpenMail } from './mail-transport.port.ts';
import type { ConnectorPage } from './connector-page.ts';
import type { CrmConnector } from './connector.port.ts';

/** How one of a provider's interfaces comes into the service: what the operator sets for it, and how it is made of that. */
export interface ProviderDefinition {
  readonly id: ProviderId;
  /** As the connector's own. Absent: the provider's first interface, or its only one. */
  readonly dialect?: string;
  readonly operatorSettings: readonly OperatorSetting[];
  /** The setting (`FUB_BASE_URL`) that names a stand-in for the vendor's fixed host. Absent: every customer has a host of their own. */
  readonly baseUrlSetting?: string;
  /** What the codes of its own refusals (`refusals` of its mapping) mean to people, and what helps. Absent: it has none of its own. */
  readonly remedies?: Remedies;
  /** The vendor has no address that is known: without the setting it can't be connected. */
  readonly baseUrlRequired?: true;
  /** What people read of it: `docs/connectors.md` is written of that. */
  readonly page?: ConnectorPage;
  /** Also called where a required setting is missing: what the connector says of itself is shown, and none of its verbs is called. */
  create(means: ConnectorMeans): CrmConnector;
}

/** What the operator of the service sets for a provider; read from the environment like all other settings. */
export interface OperatorSetting {
  /** Upper snake case. A secret is also read from the file that `<NAME>_FILE` names. */
  readonly name: string;
  readonly secret: boolean;
  /** Without it the provider is listed, and can't be connected. */
  readonly required: boolean;
  /** What it is and where it comes from: a sentence. */
  readonly help: string;
}

/** The values of the settings that are set. */
export type OperatorValues = Readonly<Record<string, string>>;

/** What the operator gives a connector. */
export interface ConnectorMeans {
  /** Those of the declared settings that are set. */
  readonly operator: OperatorValues;
  /** Stands in for the vendor's documented base, version path included, without a slash at its end; null: the vendor's. */
  readonly baseUrl: string | null;
  readonly isPlaceholder: IsPlaceholder;
  /** Epoch ms. Absent: of this machine's clock. */
  readonly now?: () => number;
  /** The way to a mail server, for who sends mails. Absent: there is none. */
  readonly openMail?: OpenMail;
}
