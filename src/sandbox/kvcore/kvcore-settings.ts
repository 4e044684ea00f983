import type { Json } from '../../domain/json.ts';
import { atLeast, oneOf, passes, type Check, type SettingsForm } from '../kit/control/settings-form.ts';
import type { KitSettings } from '../kit/crm-dialect.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { RetryAfterStyle } from '../kit/limits/rate-limit.ts';

/** Enforced limits: the vendor publishes none, so any are made up. */
export interface KvcoreRateLimit {
  /** Requests in a minute. Default 600. */
  readonly perMinute?: number;
  /** Default `seconds`. */
  readonly retryAfter?: RetryAfterStyle;
}

/** Behaviour that may be changed while the sandbox runs; what the vendor's documents leave open among it. */
export interface KvcoreSettings extends KitSettings {
  /** Tokens that are an agent's, each of one of their own: they see that agent's contacts alone. */
  readonly agentKeys: readonly string[];
  /** Tokens of the scope Contacts: nothing of users is told to them. */
  readonly contactsOnlyKeys: readonly string[];
  /** Whom a new contact goes to that nobody was named for. */
  readonly leadRouting: 'another' | 'owner' | 'nobody';
  readonly createStatus: 200 | 201;
  /** What a new contact with an e-mail that somebody has comes to. */
  readonly duplicates: 'allowed' | 'merged';
  readonly deleteStatus: 200 | 204;
  /** What a delete does with a contact. */
  readonly deletes: 'removes' | 'archives';
  /** What a filter takes for the same text; it matches the beginning either way. */
  readonly filterMatch: 'insensitive' | 'exact';
  /** What a blank value in a PUT comes to. */
  readonly blanks: 'ignored' | 'cleared' | 'refused';
  /** What a member of a body that nobody knows comes to. */
  readonly unknownFields: 'ignored' | 'refused';
  /** How long a new contact takes no notes, ms, and how that is said. */
  readonly notesAfterMs: number;
  readonly notesTooEarly: 400 | 404 | 409 | 422;
  readonly noteText: 'kept' | 'escaped';
  readonly noteList: 'bare' | 'page';
  /** How times of `created_at` and `updated_at` are written, and how far the zone of texts is from UTC, minutes. */
  readonly times: 'text' | 'unix';
  readonly utcOffsetMinutes: number;
  readonly numbers: 'text' | 'number';
  readonly flags: 'number' | 'letter' | 'boolean';
  readonly dealTypes: 'array' | 'text';
  /** What `filter[updated_at]` does. */
  readonly updatedFilter: 'honoured' | 'ignored' | 'refused';
  /** Whether a listing has its envelope. */
  readonly lists: 'page' | 'bare';
  /** Whether `external_vendor_id` is kept. */
  readonly vendorIds: 'kept' | 'dropped';
  /** How members of what isn't documented are called: as the connector has it, or in another way. */
  readonly assumedNames: 'as_assumed' | 'other';
  readonly rateLimit: KvcoreRateLimit | null;
}

const isTexts: Check = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string');

const LIMIT_CHECKS: Readonly<Record<keyof KvcoreRateLimit, Check>> = {
  perMinute: atLeast(0),
  retryAfter: oneOf('seconds', 'date', 'absent', 'absurd', 'negative'),
};

const isRateLimit: Check = (value: Json) =>
  value === null ||
  (isJsonObject(value) &&
    Object.entries(value).every(([name, member]) => passes(LIMIT_CHECKS, name, member)));

const oneOfNumbers =
  (...values: readonly number[]): Check =>
  (value) =>
    typeof value === 'number' && values.includes(value);

export const KVCORE_SETTINGS: SettingsForm<KvcoreSettings> = {
  defaults: {
    agentKeys: [],
    contactsOnlyKeys: [],
    leadRouting: 'another',
    createStatus: 201,
    duplicates: 'allowed',
    deleteStatus: 200,
    deletes: 'removes',
    filterMatch: 'insensitive',
    blanks: 'ignored',
    unknownFields: 'ignored',
    notesAfterMs: 0,
    notesTooEarly: 422,
    noteText: 'kept',
    noteList: 'page',
    times: 'text',
    utcOffsetMinutes: 0,
    numbers: 'text',
    flags: 'number',
    dealTypes: 'array',
    updatedFilter: 'honoured',
    lists: 'page',
    vendorIds: 'kept',
    assumedNames: 'as_assumed',
    searchLagMs: 0,
    rateLimit: null,
  },
  checks: {
    agentKeys: isTexts,
    contactsOnlyKeys: isTexts,
    leadRouting: oneOf('another', 'owner', 'nobody'),
    createStatus: oneOfNumbers(200, 201),
    duplicates: oneOf('allowed', 'merged'),
    deleteStatus: oneOfNumbers(200, 204),
    deletes: oneOf('removes', 'archives'),
    filterMatch: oneOf('insensitive', 'exact'),
    blanks: oneOf('ignored', 'cleared', 'refused'),
    unknownFields: oneOf('ignored', 'refused'),
    notesAfterMs: atLeast(0),
    notesTooEarly: oneOfNumbers(400, 404, 409, 422),
    noteText: oneOf('kept', 'escaped'),
    noteList: oneOf('bare', 'page'),
    times: oneOf('text', 'unix'),
    utcOffsetMinutes: (value) => typeof value === 'number' && Math.abs(value) <= 14 * 60,
    numbers: oneOf('text', 'number'),
    flags: oneOf('number', 'letter', 'boolean'),
    dealTypes: oneOf('array', 'text'),
    updatedFilter: oneOf('honoured', 'ignored', 'refused'),
    lists: oneOf('page', 'bare'),
    vendorIds: oneOf('kept', 'dropped'),
    assumedNames: oneOf('as_assumed', 'other'),
    searchLagMs: atLeast(0),
    rateLimit: isRateLimit,
  },
};
