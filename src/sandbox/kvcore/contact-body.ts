import type { Json, JsonObject } from '../../domain/json.ts';
import { isBlank, textOf } from './kvcore-record.ts';
import type { KvcoreSettings } from './kvcore-settings.ts';

const REQUIRED = ['first_name', 'last_name', 'email'] as const;

const TEXTS = new Set(
  (
    'first_name last_name email second_email cell_phone_1 cell_phone_2 home_phone work_phone fax source title birthday gender ' +
    'primary_address primary_city primary_state primary_zip capture_method tcpa_optin_date external_vendor_id last_closing_date ' +
    'spouse_first_name spouse_last_name spouse_email spouse_phone poi_address poi_city poi_state poi_zip assigned_agent_external_id'
  ).split(' '),
);
const NUMBERS = new Set(
  'status rating avg_price avg_beds avg_baths active_mls_id assigned_agent_id'.split(' '),
);
const FLAG_NAMES = new Set(['email_optin', 'phone_on', 'text_on', 'is_private']);
const CREATE_ONLY = new Set('signup_mlsid signup_mls owned_by_assigned entity_owner_id hashtags'.split(' '));
const DEAL_TYPES = new Set(['buyer', 'seller', 'renter', 'agent', 'vendor']);
const LAST_STATUS = 7;
const MOST_RATING = 5;

export type CheckedBody =
  | { readonly ok: true; readonly fields: JsonObject }
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

/** Checks what a POST or a PUT of a contact says. */
export function checkContact(body: JsonObject, settings: KvcoreSettings, isNew: boolean): CheckedBody {
  const fields: Record<string, Json> = {};
  const problems: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    const isKnown = isNew && CREATE_ONLY.has(name);
    const problem = isKnown ? null : problemOf(name, value, settings, isNew);
    if (problem === 'unknown') {
      if (settings.unknownFields === 'refused') problems[name] = `The ${name} field is not known.`;
    } else if (problem !== null) problems[name] = problem;
    else fields[name] = value;
  }
  if (isNew) {
    for (const name of REQUIRED)
      if (textOf(body[name]).trim() === '')
        problems[name] = `The ${name.replace('_', ' ')} field is required.`;
  }
  return Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, fields };
}

function problemOf(name: string, value: Json, { blanks }: KvcoreSettings, isNew: boolean): string | null {
  const isKnown = TEXTS.has(name) || NUMBERS.has(name) || FLAG_NAMES.has(name) || name === 'deal_type';
  if (!isKnown) return 'unknown';
  if (isBlank(value)) return !isNew && blanks === 'refused' ? `The ${name} field must have a value.` : null;
  if (NUMBERS.has(name)) return numberProblem(name, Number(value));
  if (FLAG_NAMES.has(name))
    return [0, 1, '0', '1'].includes(value as 0) ? null : `The ${name} must be 1 or 0.`;
  if (typeof value !== 'string') return `The ${name} must be a string.`;
  if (name === 'deal_type')
    return value.split(',').every((type) => DEAL_TYPES.has(type.trim()))
      ? null
      : 'The selected deal_type is invalid.';
  if (name === 'email' && !/^[^\s@]+@[^\s@]+$/.test(value)) return 'The email must be a valid email address.';
  return null;
}

function numberProblem(name: string, value: number): string | null {
  if (!Number.isFinite(value)) return `The ${name} must be a number.`;
  if (name === 'status' && (!Number.isInteger(value) || value < 0 || value > LAST_STATUS))
    return 'The selected status is invalid.';
  return name === 'rating' && (value < 0 || value > MOST_RATING) ? 'The rating must be 0 to 5.' : null;
}
