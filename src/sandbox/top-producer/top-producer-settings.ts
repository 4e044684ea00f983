import type { Json } from '../../domain/json.ts';
import { atLeast, oneOf, passes, type Check, type SettingsForm } from '../kit/control/settings-form.ts';
import type { KitSettings } from '../kit/crm-dialect.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { RetryAfterStyle } from '../kit/limits/rate-limit.ts';

export interface TopProducerRateLimit {
  /** Requests in a minute. Default 120. */
  readonly perMinute?: number;
  /** Default `seconds`. */
  readonly retryAfter?: RetryAfterStyle;
}

/** All of the contract is assumed: what an adapter may do otherwise. */
export interface TopProducerSettings extends KitSettings {
  readonly createStatus: 200 | 201;
  readonly deleteStatus: 200 | 204;
  /** What `?email=` takes for the same e-mail. */
  readonly emailMatch: 'insensitive' | 'exact';
  /** What an update answers. */
  readonly putAnswer: 'contact' | 'empty';
  /** Whether members are called as the contract has it, or in another way. */
  readonly members: 'as_assumed' | 'other';
  readonly rateLimit: TopProducerRateLimit | null;
}

const LIMIT_CHECKS: Readonly<Record<keyof TopProducerRateLimit, Check>> = {
  perMinute: atLeast(0),
  retryAfter: oneOf('seconds', 'date', 'absent', 'absurd', 'negative'),
};

const isRateLimit: Check = (value: Json) =>
  value === null ||
  (isJsonObject(value) &&
    Object.entries(value).every(([name, member]) => passes(LIMIT_CHECKS, name, member)));

export const TOP_PRODUCER_SETTINGS: SettingsForm<TopProducerSettings> = {
  defaults: {
    createStatus: 201,
    deleteStatus: 204,
    emailMatch: 'insensitive',
    putAnswer: 'contact',
    members: 'as_assumed',
    searchLagMs: 0,
    rateLimit: null,
  },
  checks: {
    createStatus: (value) => value === 200 || value === 201,
    deleteStatus: (value) => value === 200 || value === 204,
    emailMatch: oneOf('insensitive', 'exact'),
    putAnswer: oneOf('contact', 'empty'),
    members: oneOf('as_assumed', 'other'),
    searchLagMs: atLeast(0),
    rateLimit: isRateLimit,
  },
};
