import type { AllowedHost } from './allowed-hosts.ts';
import type { ProxyRange } from './proxy-ranges.ts';
import type { Secret } from './secret.ts';
import type { KindValue } from './setting-kinds.ts';
import type { ConfigFault, ShownSetting } from './setting-reader.ts';

/** The whole configuration: typed, checked and frozen. Durations are milliseconds, unset values null. */
export interface Config {
  /** What `MODE=auto` came to. */
  readonly mode: 'embedded' | 'servers';
  readonly encryption: EncryptionConfig;
  readonly auth: AuthConfig | null;
  /** Null without `KAFKA_BROKERS`; not used in mode `embedded`. */
  readonly kafka: KafkaConfig | null;
  readonly schemaRegistry: SchemaRegistryConfig | null;
  /** Null without `MONGODB_URL`; not used in mode `embedded`. */
  readonly mongodbUrl: Secret | null;
  readonly topics: TopicNames;
  readonly http: ListenAddress;
  /** A listener of its own for the metrics, or null: they are served on the main one. */
  readonly metrics: ListenAddress | null;
  /** Where people's browsers reach the service, without a slash at its end; null: nobody said. */
  readonly publicUrl: string | null;
  readonly dataDir: string;
  readonly retryDelaysMs: readonly number[];
  readonly syncWaitMs: number;
  readonly allowedInstanceHosts: readonly AllowedHost[];
  /** The proxies whose word counts about who calls. */
  readonly trustProxy: readonly ProxyRange[];
  /** E-mails that are no natural key, beside the built-in ones: an address, `name@`, `@host` or a bare name. */
  readonly placeholderEmails: readonly string[];
  /** Larger change events are refused. */
  readonly maxEventBytes: number;
  readonly retention: { readonly timelineMs: number; readonly deadLettersMs: number };
  /** Values of the settings that connectors declare, by name: those that are set. */
  readonly declared: Readonly<Record<string, Secret>>;
  readonly logLevel: KindValue<'log-level'>;
  readonly shutdownGraceMs: number;
  /** Every setting as it may be shown, secrets masked. */
  readonly settings: readonly ShownSetting[];
}

/** What `start` needs beyond the rest: a key to seal with and a way to verify tokens. */
export interface StartConfig extends Config {
  readonly encryption: EncryptionConfig & { readonly current: Secret<Uint8Array> };
  readonly auth: AuthConfig;
}

export interface EncryptionConfig {
  /** 32 bytes; the key that seals. */
  readonly current: Secret<Uint8Array> | null;
  /** Older keys of 32 bytes, which only open. */
  readonly retired: readonly Secret<Uint8Array>[];
}

/** How access tokens are verified: one family of algorithms, never both. */
export type AuthConfig = (
  { readonly kind: 'hmac'; readonly secret: Secret } | { readonly kind: 'jwks'; readonly url: string }
) & { readonly issuer: string | null; readonly audience: string | null };

export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  readonly client: KindValue<'kafka-client'>;
  /** Null: plain text; the parts hold PEM text. */
  readonly ssl: {
    readonly ca: Secret | null;
    readonly cert: Secret | null;
    readonly key: Secret | null;
  } | null;
  readonly sasl: {
    readonly mechanism: KindValue<'sasl-mechanism'>;
    readonly username: string;
    readonly password: Secret;
  } | null;
}

export interface SchemaRegistryConfig {
  /** Without a trailing slash. */
  readonly url: string;
  /** `user:password` */
  readonly auth: Secret | null;
}

export interface TopicNames {
  readonly contacts: string;
  readonly properties: string;
  readonly deals: string;
  readonly deadLetters: string;
  readonly work: string;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Something that works but is probably not meant; never holds a value of the environment. */
export interface ConfigWarning {
  readonly name: string;
  readonly message: string;
  readonly suggestion?: string;
}

/** A configuration, or every one of its faults at once. */
export type ConfigResult<C> =
  | { readonly ok: true; readonly config: C; readonly warnings: readonly ConfigWarning[] }
  | {
      readonly ok: false;
      readonly faults: readonly ConfigFault[];
      readonly warnings: readonly ConfigWarning[];
    };
