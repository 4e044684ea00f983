import type { Json } from '../../../domain/json.ts';
import { atLeast, isFlag, oneOf, type Check, type SettingsForm } from '../../kit/control/settings-form.ts';
import type { KitSettings } from '../../kit/crm-dialect.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';

/** Enforced limits. */
export interface SfRateLimit {
  /** Calls of the org in any 24 hours. Default: a Developer Edition's 15,000 (VERIFIED-3). */
  readonly requestsPerDay?: number;
}

/** A rule that an administrator made: a value of the field that the pattern fits is refused in these words. */
export interface ValidationRule {
  readonly object: string;
  readonly field: string;
  readonly pattern: string;
  readonly message: string;
}

/** Behaviour that may be changed while the sandbox runs; what the vendor's documents leave open among it. */
export interface SfSettings extends KitSettings {
  /** The PEM of the public key that the connected apps have for JWT bearer; null: none, and the flow is refused. */
  readonly publicKey: string | null;
  /** Audiences of a JWT that are taken beside the org's own URL: VERIFIED-V; external client apps refuse that of sandboxes (VERIFIED-3). */
  readonly jwtAudiences: readonly string[];
  /** How long a session lives, ms. Assumed: 2 hours. */
  readonly sessionMs: number;
  /** Whether a refresh token is replaced when it is used (partner apps: verified), and its reuse revokes all. */
  readonly refreshRotation: boolean;
  /** Where codes of the web-server flow may be sent to; none: anywhere. */
  readonly callbacks: readonly string[];
  /** Objects (`Property__c`) and fields (`Contact.ZenaId__c`) that the org hasn't got. */
  readonly lacks: readonly string[];
  /** Text fields that the org has besides (`Contact.Nickname__c`). */
  readonly extraFields: readonly string[];
  /** Values that were deactivated (`Opportunity.StageName.Prospecting`). */
  readonly inactiveValues: readonly string[];
  /** How external ids were made: unique and case-sensitive (verified ways), unique in any case, or not unique. */
  readonly externalIds: 'unique' | 'insensitive' | 'repeated';
  /** Whether the integration's user sees and may upsert everything. Without it private contacts hide. */
  readonly viewAllData: boolean;
  /** Whether an unknown stage is refused. VERIFIED-3: standard pick lists can't be restricted. */
  readonly restrictedStages: boolean;
  /** A rule against people of the same e-mail: off; `alert` lets `Sforce-Duplicate-Rule-Header: allowSave=true` through; `block`. */
  readonly duplicateRule: 'off' | 'alert' | 'block';
  readonly validationRules: readonly ValidationRule[];
  /** What a record with an unknown field or a wrong JSON type does to a collection's call. Assumed: refuses it whole. */
  readonly collectionParse: 'whole' | 'item';
  /** What becomes of an e-mail's capitals. Assumed: they are kept. */
  readonly emailCase: 'kept' | 'lower';
  /** What becomes of the line breaks of long texts. Assumed: they are kept. */
  readonly lineBreaks: 'kept' | 'crlf';
  /** What SOQL sees: what is (well known), or what search sees, `searchLagMs` behind. SOSL always lags so. */
  readonly soql: 'consistent' | 'lagging';
  /** Rows of a page of SOQL, where the caller doesn't say. */
  readonly pageSize: number;
  /** How long a bulk job is being worked at, ms. */
  readonly bulkMs: number;
  /** After how many rows a bulk job fails, with the rest unprocessed; null: it doesn't. */
  readonly bulkStopsAfter: number | null;
  /** Rows of a page of a bulk query's results, where the caller doesn't say. */
  readonly bulkPageSize: number;
  readonly rateLimit: SfRateLimit | null;
}

const isTexts: Check = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string');

const isRule = (value: Json): boolean =>
  isJsonObject(value) &&
  (['object', 'field', 'pattern', 'message'] as const).every((name) => typeof value[name] === 'string');

const isRateLimit: Check = (value) =>
  value === null ||
  (isJsonObject(value) && Object.entries(value).every(([name, most]) => isCount(name, most)));

const isCount = (name: string, most: Json): boolean =>
  name === 'requestsPerDay' && Number.isSafeInteger(most) && Number(most) >= 0;

export const SF_SETTINGS: SettingsForm<SfSettings> = {
  defaults: {
    publicKey: null,
    jwtAudiences: ['https://login.salesforce.com', 'https://test.salesforce.com'],
    sessionMs: 7_200_000,
    refreshRotation: true,
    callbacks: [],
    lacks: [],
    extraFields: [],
    inactiveValues: [],
    externalIds: 'unique',
    viewAllData: true,
    restrictedStages: false,
    duplicateRule: 'off',
    validationRules: [],
    collectionParse: 'whole',
    emailCase: 'kept',
    lineBreaks: 'kept',
    soql: 'consistent',
    pageSize: 2_000,
    bulkMs: 0,
    bulkStopsAfter: null,
    bulkPageSize: 50_000,
    searchLagMs: 0,
    rateLimit: null,
  },
  checks: {
    publicKey: (value) => value === null || typeof value === 'string',
    jwtAudiences: isTexts,
    sessionMs: atLeast(0),
    refreshRotation: isFlag,
    callbacks: isTexts,
    lacks: isTexts,
    extraFields: isTexts,
    inactiveValues: isTexts,
    externalIds: oneOf('unique', 'insensitive', 'repeated'),
    viewAllData: isFlag,
    restrictedStages: isFlag,
    duplicateRule: oneOf('off', 'alert', 'block'),
    validationRules: (value) => Array.isArray(value) && value.every(isRule),
    collectionParse: oneOf('whole', 'item'),
    emailCase: oneOf('kept', 'lower'),
    lineBreaks: oneOf('kept', 'crlf'),
    soql: oneOf('consistent', 'lagging'),
    pageSize: atLeast(1),
    bulkMs: atLeast(0),
    bulkStopsAfter: (value) => value === null || atLeast(0)(value),
    bulkPageSize: atLeast(1),
    searchLagMs: atLeast(0),
    rateLimit: isRateLimit,
  },
};
