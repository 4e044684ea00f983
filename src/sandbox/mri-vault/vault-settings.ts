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

/** An enforced limit, counted per API key. */
export interface VaultRateLimit {
  readonly requestsPerSecond: number;
  /** Requests that may come at once after a rest. Default: `requestsPerSecond`, at least 1. */
  readonly burst?: number;
  /** Per UTC day of the sandbox's clock. Default: no daily limit. */
  readonly requestsPerDay?: number;
  /** Default `seconds`. */
  readonly retryAfter?: RetryAfterStyle;
}

/** Behaviour that may be changed while the sandbox runs. */
export interface VaultSettings extends KitSettings {
  /** `number`: ids are JSON numbers on the wire. Changes new records' ids only, so set it before the first record. */
  readonly ids: 'string' | 'number';
  /** What a PUT does to fields that the body leaves out: keep them, or drop them. */
  readonly putMode: 'merge' | 'replace';
  /** 200 with the object, or 204. */
  readonly putAnswer: 'object' | 'empty';
  /**
   * What search takes for equal: the same text, the same but for letter case, for case and accents, or for everything but
   * letters and digits.
   */
  readonly searchCase: 'exact' | 'insensitive' | 'folding' | 'loose';
  /** Whole objects, or only their ids and what was searched by. */
  readonly searchAnswer: 'objects' | 'keys';
  /**
   * Of which records a create is refused with 409 where another has its key: `none`, `contacts`, or `all`. A create knows at once,
   * however late search is.
   */
  readonly uniqueKeys: 'none' | 'contacts' | 'all';
  /** Whether there is a listing of what changed. */
  readonly listing: boolean;
  /** The status of a listing that isn't there: 404 where it is a route that is not known. */
  readonly listingRefusal: 401 | 403 | 404 | 429 | 500 | 501;
  /** Whole objects, or only their ids and times. */
  readonly listingAnswer: 'objects' | 'summaries';
  /** How far the clock that it tells times by, and is asked by, is behind, ms; less than 0: ahead. */
  readonly clockBehindMs: number;
  /** What `GET /auth/verify` says of a valid key: 200 with an object, 200 with plain text, 204, or 401. */
  readonly verifyAnswer: 'object' | 'text' | 'empty' | 'refused';
  /** The status for the id of a record that is not there. */
  readonly missingStatus: 404 | 410;
  /** Take the blanks from the ends of every text and of each of its lines. */
  readonly trimText: boolean;
  /** Break the lines of long texts anew at so many characters, 0: leave them. */
  readonly noteWidth: number;
  /** Cut long texts after so many characters, 0: don't. */
  readonly noteLength: number;
  /** How the lines of long texts end once they are stored. */
  readonly noteLines: 'kept' | 'crlf';
  /** Refuse unknown fields with 400 instead of keeping them. */
  readonly strict: boolean;
  /** Refuse ids that this CRM does not hold, which is what a leaked Zena id looks like. */
  readonly checkReferences: boolean;
  /** Records per page of a listing. */
  readonly pageSize: number;
  readonly rateLimit: VaultRateLimit | null;
}

const LIMIT_CHECKS: Readonly<Record<keyof VaultRateLimit, Check>> = {
  requestsPerSecond: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  burst: atLeast(1),
  requestsPerDay: atLeast(0),
  retryAfter: oneOf('seconds', 'date', 'absent', 'absurd', 'negative'),
};

const LISTING_REFUSALS: readonly Json[] = [401, 403, 404, 429, 500, 501];

export const VAULT_SETTINGS: SettingsForm<VaultSettings> = {
  defaults: {
    ids: 'string',
    putMode: 'merge',
    putAnswer: 'object',
    searchCase: 'exact',
    searchAnswer: 'objects',
    uniqueKeys: 'none',
    listing: true,
    listingRefusal: 404,
    listingAnswer: 'objects',
    clockBehindMs: 0,
    verifyAnswer: 'object',
    missingStatus: 404,
    trimText: false,
    noteWidth: 0,
    noteLength: 0,
    noteLines: 'kept',
    searchLagMs: 0,
    strict: false,
    checkReferences: true,
    pageSize: 100,
    rateLimit: null,
  },
  checks: {
    ids: oneOf('string', 'number'),
    putMode: oneOf('merge', 'replace'),
    putAnswer: oneOf('object', 'empty'),
    searchCase: oneOf('exact', 'insensitive', 'folding', 'loose'),
    searchAnswer: oneOf('objects', 'keys'),
    uniqueKeys: oneOf('none', 'contacts', 'all'),
    listing: isFlag,
    listingRefusal: (value) => LISTING_REFUSALS.some((status) => status === value),
    listingAnswer: oneOf('objects', 'summaries'),
    clockBehindMs: (value) => Number.isSafeInteger(value),
    verifyAnswer: oneOf('object', 'text', 'empty', 'refused'),
    missingStatus: (value) => value === 404 || value === 410,
    trimText: isFlag,
    noteWidth: isCount,
    noteLength: isCount,
    noteLines: oneOf('kept', 'crlf'),
    searchLagMs: atLeast(0),
    strict: isFlag,
    checkReferences: isFlag,
    pageSize: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
    rateLimit: isRateLimit,
  },
};

function isCount(value: Json): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRateLimit(value: Json): boolean {
  if (value === null) return true;
  return (
    isJsonObject(value) &&
    value['requestsPerSecond'] !== undefined &&
    Object.entries(value).every(([name, member]) => passes(LIMIT_CHECKS, name, member))
  );
}

/** What one request of a key counts against, the day first. */
export function chargesOf(rateLimit: VaultRateLimit | null, holder: string): Charge[] {
  if (rateLimit === null) return [];
  const { requestsPerSecond: perSecond, burst = perSecond, requestsPerDay } = rateLimit;
  const rate: Charge = {
    limit: { kind: 'bucket', name: 'second', perSecond, burst: Math.max(1, burst) },
    holder,
  };
  if (requestsPerDay === undefined) return [rate];
  return [{ limit: { kind: 'day', name: 'day', requests: requestsPerDay }, holder }, rate];
}
