import type { Json, JsonObject } from '../../domain/json.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { isBlank, isSet, listedIn, textOf } from './kvcore-record.ts';
import type { KvcoreSettings } from './kvcore-settings.ts';

/** Flags as bodies take them, and what they are where nobody says anything. */
export const FLAGS: Readonly<Record<string, boolean>> = {
  email_optin: true,
  phone_on: true,
  text_on: true,
  is_private: false,
};

/** Texts of a contact that only the detail shows. */
const DETAIL_TEXTS = [
  'first_name',
  'last_name',
  'second_email',
  'fax',
  'primary_address',
  'primary_city',
  'primary_state',
  'primary_zip',
  'capture_method',
  'tcpa_optin_date',
  'title',
  'birthday',
  'gender',
  'spouse_first_name',
  'spouse_last_name',
  'spouse_email',
  'spouse_phone',
  'poi_address',
  'poi_city',
  'poi_state',
  'poi_zip',
  'last_closing_date',
  'hashtags',
] as const;

const DETAIL_NUMBERS = ['rating', 'avg_price', 'avg_beds', 'avg_baths', 'active_mls_id'] as const;

const NEVER = '0000-00-00 00:00:00';

/** "YYYY-MM-DD HH:MM:SS", without a zone. */
export function timeWire(
  millis: number,
  { times, utcOffsetMinutes }: Pick<KvcoreSettings, 'times' | 'utcOffsetMinutes'>,
): Json {
  if (times === 'unix') return Math.floor(millis / 1_000);
  const there = new Date(millis + utcOffsetMinutes * 60_000).toISOString();
  return there.slice(0, 19).replace('T', ' ');
}

/** A contact as a listing shows it: the name in one, and no more than is on the page. */
export function contactRow(record: StoredRecord, settings: KvcoreSettings): JsonObject {
  const { id, fields, createdAt, updatedAt } = record;
  return {
    id: Number(id),
    name: `${textOf(fields['first_name'])} ${textOf(fields['last_name'])}`.trim(),
    email: fields['email'] ?? null,
    cell_phone_1: fields['cell_phone_1'] ?? null,
    cell_phone_2: fields['cell_phone_2'] ?? null,
    home_phone: fields['home_phone'] ?? null,
    work_phone: fields['work_phone'] ?? null,
    status: numberWire(fields['status'] ?? 0, settings),
    source: fields['source'] ?? null,
    deal_type: dealTypeWire(fields['deal_type'], settings),
    assigned_agent_id: fields['assigned_agent_id'] ?? null,
    assigned_agent_external_id: fields['assigned_agent_external_id'] ?? null,
    is_private: flagWire(isSet(fields['is_private']), settings),
    external_vendor_id: fields['external_vendor_id'] ?? null,
    registered: timeWire(createdAt, settings),
    created_at: timeWire(createdAt, settings),
    updated_at: timeWire(updatedAt, settings),
  };
}

/** A contact by itself, whole; never in an envelope. */
export function contactDetail(record: StoredRecord, settings: KvcoreSettings): JsonObject {
  const { fields } = record;
  const { name: _inOne, ...row } = contactRow(record, settings);
  const flags = Object.entries(FLAGS).map(([flag, isOn]) => {
    const held = fields[flag];
    return [flag, flagWire(isBlank(held) ? isOn : isSet(held), settings)] as const;
  });
  return {
    ...row,
    ...Object.fromEntries(DETAIL_TEXTS.map((text) => [text, fields[text] ?? null])),
    ...Object.fromEntries(
      DETAIL_NUMBERS.map((number) => [number, numberWire(fields[number] ?? 0, settings)]),
    ),
    ...Object.fromEntries(flags),
    last_visit: 0,
    last_call: Number(fields['last_call'] ?? 0),
    last_email: NEVER,
    last_text: NEVER,
  };
}

function numberWire(value: Json, { numbers }: Pick<KvcoreSettings, 'numbers'>): Json {
  return numbers === 'text' ? textOf(value) : Number(value);
}

function flagWire(isOn: boolean, { flags }: Pick<KvcoreSettings, 'flags'>): Json {
  if (flags === 'boolean') return isOn;
  if (flags === 'letter') return isOn ? 'Y' : 'N';
  return isOn ? 1 : 0;
}

function dealTypeWire(value: Json | undefined, { dealTypes }: Pick<KvcoreSettings, 'dealTypes'>): Json {
  const types = listedIn(value);
  return dealTypes === 'text' ? types.join(',') : types;
}
