import type { Json } from '../../domain/json.ts';
import { atLeast, oneOf, passes, type Check, type SettingsForm } from '../kit/control/settings-form.ts';
import type { KitSettings } from '../kit/crm-dialect.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { RetryAfterStyle } from '../kit/limits/rate-limit.ts';

/** Enforced limits. */
export interface FubRateLimit {
  /** Requests in 10 s by context, in place of the vendor's. */
  readonly requests?: Readonly<Record<string, number>>;
  /** The same of a registered system, over all keys that it comes with. */
  readonly acrossAllAccounts?: Readonly<Record<string, number>>;
  /** Default `seconds`. */
  readonly retryAfter?: RetryAfterStyle;
}

/** Behaviour that may be changed while the sandbox runs; what the vendor's documents leave open among it. */
export interface FubSettings extends KitSettings {
  /** The keys that are an agent's, each of one of their own; every other key is the account owner's. */
  readonly agentKeys: readonly string[];
  /** The keys of registered systems. None: whichever comes with a name is one. */
  readonly systemKeys: readonly string[];
  /** `expired`: 403 for everything but `POST /events`; `lapsed`: the same, but `/identity` still answers. */
  readonly account: 'active' | 'expired' | 'lapsed';
  /** What `?email=` and `deduplicate` take for the same e-mail. */
  readonly emailMatch: 'insensitive' | 'exact';
  /** What `?phone=` and `deduplicate` take for the same phone. */
  readonly phoneMatch: 'digits' | 'exact';
  /** What a stage that the account doesn't have comes to: 400, or the stage that is left as it was. */
  readonly unknownStage: 'refused' | 'ignored';
  /** What a member of a body that nobody knows comes to. */
  readonly unknownFields: 'refused' | 'ignored';
  /** What `isPrimary` and `status` in a body come to. */
  readonly entryMembers: 'ignored' | 'refused';
  /** What `deduplicate` answers where the person is one that the key can't see. */
  readonly hiddenDuplicate: 'forbidden' | 'existing' | 'created';
  /** What `deduplicate` answers where the only such person is in the stage Trash. */
  readonly trashedDuplicate: 'existing' | 'created';
  /** What the answer to making a person says: all that a read does, or the id alone. */
  readonly createAnswer: 'person' | 'id';
  /** How long a new person can't be given notes, ms: it is being assigned. */
  readonly assigningMs: number;
  /** What `updatedAfter` on people does: nothing is found (as was seen), or as it is documented. */
  readonly updatedAfter: 'empty' | 'honoured';
  /** The first offset that is refused. */
  readonly deepOffset: number;
  /** The status of a delete; its body is empty either way. */
  readonly deleteStatus: 200 | 204;
  /** Whether a lead flow takes events in. */
  readonly leadFlow: 'active' | 'archived';
  /** Whether a note's body comes back with its marks as entities. */
  readonly noteBody: 'kept' | 'escaped';
  /** How an array in a listing is named: as `_metadata.collection` says it. */
  readonly customFieldsKey: 'customfields' | 'customFields';
  readonly rateLimit: FubRateLimit | null;
}

const isTexts: Check = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string');

const areCalls: Check = (value) =>
  isJsonObject(value) &&
  Object.values(value).every((most) => Number.isSafeInteger(most) && Number(most) >= 0);

const LIMIT_CHECKS: Readonly<Record<keyof FubRateLimit, Check>> = {
  requests: areCalls,
  acrossAllAccounts: areCalls,
  retryAfter: oneOf('seconds', 'date', 'absent', 'absurd', 'negative'),
};

const isRateLimit: Check = (value: Json) =>
  value === null ||
  (isJsonObject(value) &&
    Object.entries(value).every(([name, member]) => passes(LIMIT_CHECKS, name, member)));

export const FUB_SETTINGS: SettingsForm<FubSettings> = {
  defaults: {
    agentKeys: [],
    systemKeys: [],
    account: 'active',
    emailMatch: 'insensitive',
    phoneMatch: 'digits',
    unknownStage: 'refused',
    unknownFields: 'refused',
    entryMembers: 'ignored',
    hiddenDuplicate: 'forbidden',
    trashedDuplicate: 'existing',
    createAnswer: 'person',
    assigningMs: 0,
    updatedAfter: 'empty',
    deepOffset: 2_001,
    deleteStatus: 204,
    leadFlow: 'active',
    noteBody: 'kept',
    customFieldsKey: 'customfields',
    searchLagMs: 0,
    rateLimit: null,
  },
  checks: {
    agentKeys: isTexts,
    systemKeys: isTexts,
    account: oneOf('active', 'expired', 'lapsed'),
    emailMatch: oneOf('insensitive', 'exact'),
    phoneMatch: oneOf('digits', 'exact'),
    unknownStage: oneOf('refused', 'ignored'),
    unknownFields: oneOf('refused', 'ignored'),
    entryMembers: oneOf('ignored', 'refused'),
    hiddenDuplicate: oneOf('forbidden', 'existing', 'created'),
    trashedDuplicate: oneOf('existing', 'created'),
    createAnswer: oneOf('person', 'id'),
    assigningMs: atLeast(0),
    updatedAfter: oneOf('empty', 'honoured'),
    deepOffset: atLeast(1),
    deleteStatus: (value) => value === 200 || value === 204,
    leadFlow: oneOf('active', 'archived'),
    noteBody: oneOf('kept', 'escaped'),
    customFieldsKey: oneOf('customfields', 'customFields'),
    searchLagMs: atLeast(0),
    rateLimit: isRateLimit,
  },
};
