import type { ChangePublisher } from '../change-feed/change-feed.port.ts';
import type { CrmConnector, ConnectorCredentials } from '../connectors/connector.port.ts';
import type { SealedCredentials } from '../domain/connection.ts';
import type { CredentialCheck, Reconciler } from '../delivering/reconciler.port.ts';
import type { RunService } from '../runs/run-service.port.ts';
import type { PendingConnects } from './pending/pending-connects.port.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

/** The CRMs that people can choose from; the others of `PROVIDERS` are announced only. */
export interface ProviderCatalogue {
  readonly available: readonly CrmConnector[];
  /** Those that lack something of the operator's. Absent: none. */
  readonly unavailable?: readonly UnavailableConnector[];
  /** For connects on a CRM's own page. Absent: nobody said where people's browsers reach the service. */
  readonly browsers?: Browsers;
}

/** A CRM that can be shown, and neither connected nor spoken to. */
export interface UnavailableConnector {
  readonly connector: CrmConnector;
  /** For people: what is missing, by its name. */
  readonly reason: string;
}

/**
 * Whether the service may call the address that a user entered, and its canonical form. `hosts`: the provider's fixed hosts,
 * null where it has none. Nothing is resolved.
 */
export type InstanceUrlGuard = (
  text: string,
  hosts: readonly string[] | null,
) =>
  | { readonly ok: true; readonly url: string }
  | {
      readonly ok: false;
      /** It is no address yet, or it is one that is not called. */
      readonly kind: 'malformed' | 'refused';
      readonly code: string;
      readonly detail: string;
    };

/** What sealed credentials are bound to. */
export interface CredentialContext {
  readonly userId: string;
  readonly provider: string;
  readonly connectionId: string;
}

export interface Credentials {
  /** Fails only where whoever keeps the keys can't be asked. */
  seal(
    context: CredentialContext,
    credentials: ConnectorCredentials,
  ): Promise<{ readonly ok: true; readonly sealed: SealedCredentials } | { readonly ok: false }>;
  /** `KEYS_UNAVAILABLE`: the same may succeed later. Every other code: not with the keys that are here. */
  open(
    context: CredentialContext,
    sealed: unknown,
  ): Promise<
    | { readonly ok: true; readonly credentials: ConnectorCredentials }
    | { readonly ok: false; readonly code: string }
  >;
}

/** Tells equal secrets from different ones, without telling anything of them. */
export interface SecretFingerprints {
  of(this: void, secret: string): string;
  /** Whether a text ends in a fingerprint. */
  isIn(this: void, text: string): boolean;
  /** Whether a text ends in a fingerprint that was made under another key. */
  isOfAnotherKey(this: void, text: string): boolean;
}

/** What takes in changes that come over the API. */
export interface ChangeIntake {
  readonly publisher: ChangePublisher;
  /** Larger change events are refused. */
  readonly maxEventBytes: number;
}

export interface Browsers {
  /** Where they reach the service, without a slash at its end. */
  readonly publicUrl: string;
  readonly pending: PendingConnects;
}

/** Everything that the use-cases need of the rest of the program. */
export interface IntegrationPorts {
  readonly store: StateStore;
  readonly catalogue: ProviderCatalogue;
  readonly checkInstanceUrl: InstanceUrlGuard;
  readonly vault: Credentials;
  readonly fingerprints: SecretFingerprints;
  readonly credentialCheck: CredentialCheck;
  readonly reconciler: Pick<Reconciler, 'nudge' | 'connectionChanged' | 'askNow'>;
  readonly runs: RunService;
  readonly intake: ChangeIntake;
  readonly clock: { now(): number; monotonic(): number };
  readonly random: { uuid(): string };
  readonly logger: { error(event: string, fields: { errorName: string; errorMessage: string }): void };
}
