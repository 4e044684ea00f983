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
  readonly searchCase: 'exact' | 'insensitive';
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

export const VAULT_SETTINGS: SettingsForm<VaultSettings> = {
  defaults: {
    ids: 'string',
    putMode: 'merge',
    putAnswer: 'object',
    searchCase: 'exact',
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
    searchCase: oneOf('exact', 'insensitive'),
    searchLagMs: atLeast(0),
    strict: isFlag,
    checkReferences: isFlag,
    pageSize: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
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
