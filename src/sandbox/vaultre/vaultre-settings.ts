import type { Json } from '../../domain/json.ts';
import {
  atLeast,
  isFlag,
  oneOf,
  passes,
  type Check,
  type SettingsForm,
} from '../kit/control/settings-form.ts';
import type { KitSettings } from '../kit/crm-dialect.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { Charge, RetryAfterStyle } from '../kit/limits/rate-limit.ts';

/** An enforced limit, counted per integrator key: over all access tokens. */
export interface VaultreRateLimit {
  readonly requestsPerSecond: number;
  /** Per UTC day of the sandbox's clock. Default: no daily limit. */
  readonly requestsPerDay?: number;
  /** The vendor documents no such header: default `absent`. */
  readonly retryAfter?: RetryAfterStyle;
}

/** As the vendor documents them: 10 a second, 10,000 a UTC day, of all agencies of an integrator together. */
export const DOCUMENTED_LIMITS: VaultreRateLimit = { requestsPerSecond: 10, requestsPerDay: 10_000 };

/** What the vendor's documents leave open, and what an agency may have chosen. */
export interface VaultreSettings extends KitSettings {
  /** The `X-Api-Key` that is taken. */
  readonly integratorKey: string;
  /** What `GET /scopes` tells. */
  readonly scopes: readonly string[];
  /**
   * What the access token may not do: `GET /contacts/{id}/notes`, or without a method for all of them, each with what is below it
   * (`/propertyOffers`). Answered with 403 and an error.
   */
  readonly refused: readonly string[];
  /** What a PUT does to fields that the body leaves out. Not documented. */
  readonly putMode: 'merge' | 'replace';
  /** What an empty text in a body does. Not documented. */
  readonly emptyText: 'clears' | 'ignored';
  /** What null in a body does. The specification takes none. */
  readonly nulls: 'refused' | 'clears' | 'ignored';
  /** How a member without a value is shown. */
  readonly unset: 'absent' | 'null';
  /** Refuse members that the specification doesn't name, instead of leaving them out. */
  readonly strict: boolean;
  /** What the search for an e-mail takes for equal. Not documented beyond "exact match". */
  readonly emailSearch: 'exact' | 'insensitive';
  /** The same for phones: as written, or the digits alone. */
  readonly phoneSearch: 'exact' | 'digits';
  /** What an address has to have of the term: all of its words, its beginning, or the whole. Not documented. */
  readonly addressSearch: 'words' | 'beginning' | 'exact';
  /** The status for the id of a record that is not there. None is documented. */
  readonly missingStatus: 400 | 403 | 404 | 410;
  /** The most records of a page, whatever was asked for. Not documented. */
  readonly mostPerPage: number;
  readonly rateLimit: VaultreRateLimit | null;
}

const LIMIT_CHECKS: Readonly<Record<keyof VaultreRateLimit, Check>> = {
  requestsPerSecond: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  requestsPerDay: atLeast(0),
  retryAfter: oneOf('seconds', 'date', 'absent', 'absurd', 'negative'),
};

const isText: Check = (value) => typeof value === 'string' && value !== '';
const areTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const MISSING: readonly Json[] = [400, 403, 404, 410];

export const VAULTRE_SETTINGS: SettingsForm<VaultreSettings> = {
  defaults: {
    integratorKey: 'sandbox-integrator-key',
    scopes: ['contacts.read', 'contacts.write', 'properties.read', 'properties.write'],
    refused: [],
    putMode: 'merge',
    emptyText: 'clears',
    nulls: 'refused',
    unset: 'absent',
    strict: false,
    emailSearch: 'insensitive',
    phoneSearch: 'digits',
    addressSearch: 'words',
    missingStatus: 404,
    mostPerPage: 100,
    searchLagMs: 0,
    rateLimit: null,
  },
  checks: {
    integratorKey: isText,
    scopes: areTexts,
    refused: areTexts,
    putMode: oneOf('merge', 'replace'),
    emptyText: oneOf('clears', 'ignored'),
    nulls: oneOf('refused', 'clears', 'ignored'),
    unset: oneOf('absent', 'null'),
    strict: isFlag,
    emailSearch: oneOf('exact', 'insensitive'),
    phoneSearch: oneOf('exact', 'digits'),
    addressSearch: oneOf('words', 'beginning', 'exact'),
    missingStatus: (value) => MISSING.includes(value),
    mostPerPage: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
    searchLagMs: atLeast(0),
    rateLimit: isRateLimit,
  },
};

function isRateLimit(value: Json): boolean {
  if (value === null) return true;
  return (
    isJsonObject(value) &&
    value['requestsPerSecond'] !== undefined &&
    Object.entries(value).every(([name, member]) => passes(LIMIT_CHECKS, name, member))
  );
}

/** What one request of an integrator counts against, the day first. */
export function chargesOf(rateLimit: VaultreRateLimit | null, integrator: string): Charge[] {
  if (rateLimit === null) return [];
  const { requestsPerSecond, requestsPerDay } = rateLimit;
  const rate: Charge = {
    limit: { kind: 'window', name: 'second', requests: requestsPerSecond, windowMs: 1_000 },
    holder: integrator,
  };
  if (requestsPerDay === undefined) return [rate];
  return [{ limit: { kind: 'day', name: 'day', requests: requestsPerDay }, holder: integrator }, rate];
}
