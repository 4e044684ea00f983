import type { Json, JsonObject } from '../../domain/json.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { userName, type FubAccount } from './fub-caller.ts';
import { objectsOf, textOf, timeText } from './fub-record.ts';

/** What an answer doesn't carry unless it is asked for. */
const ON_REQUEST = ['background', 'timeframeId', 'socialData', 'claimed', 'collaborators'];

/** A person as answers show it; `asked` is the `fields` parameter. */
export function personWire(record: StoredRecord, account: FubAccount, asked?: string): JsonObject {
  const whole = wholePerson(record, account);
  const names = (asked ?? '').split(',').map((name) => name.trim());
  const isCustom = (name: string): boolean => name.startsWith('custom');
  if (names.includes('allFields')) return whole;
  const wanted = (name: string): boolean => {
    if (name === 'id') return true;
    if (isCustom(name) && names.includes('allCustom')) return true;
    if (asked === undefined || asked === '' || (names.length === 1 && names[0] === 'allCustom'))
      return !isCustom(name) && !ON_REQUEST.includes(name);
    return names.includes(name);
  };
  return Object.fromEntries(Object.entries(whole).filter(([name]) => wanted(name)));
}

function wholePerson({ id, fields, createdAt, updatedAt }: StoredRecord, account: FubAccount): JsonObject {
  const stage = textOf(fields['stage']) || 'Lead';
  const stages = account.store.all('stages');
  const stageId = stages.find((held) => textOf(held.fields['name']) === stage)?.id;
  const assigned = typeof fields['assignedUserId'] === 'number' ? fields['assignedUserId'] : null;
  const custom = Object.entries(fields).filter(([name]) => name.startsWith('custom'));
  return {
    id: Number(id),
    created: timeText(createdAt),
    updated: timeText(updatedAt),
    createdVia: fields['createdVia'] ?? 'API',
    lastActivity: timeText(updatedAt),
    name: `${textOf(fields['firstName'])} ${textOf(fields['lastName'])}`.trim(),
    firstName: textOf(fields['firstName']),
    lastName: textOf(fields['lastName']),
    stage,
    stageId: stageId === undefined ? null : Number(stageId),
    source: fields['source'] ?? '<unspecified>',
    sourceUrl: fields['sourceUrl'] ?? null,
    delayed: false,
    contacted: isSet(fields['contacted']) ? 1 : 0,
    price: fields['price'] ?? null,
    assignedLenderId: fields['assignedLenderId'] ?? null,
    assignedLenderName: fields['assignedLenderName'] ?? null,
    assignedUserId: assigned,
    assignedPondId: fields['assignedPondId'] ?? null,
    assignedTo: userName(account, assigned),
    tags: fields['tags'] ?? [],
    emails: entriesWire(fields['emails'], 'home', 'Valid'),
    phones: entriesWire(fields['phones'], 'mobile', 'Not Validated'),
    addresses: fields['addresses'] ?? [],
    picture: null,
    collaborators: objectsOfUsers(fields['collaborators'], account),
    background: fields['background'] ?? null,
    timeframeId: fields['timeframeId'] ?? null,
    ...Object.fromEntries(custom),
  };
}

function isSet(value: Json | undefined): boolean {
  return value === true || value === 1;
}

/** The first that is the person's own is the primary one; those of relationships never are. */
function entriesWire(list: Json | undefined, type: string, status: string): JsonObject[] {
  const entries = objectsOf(list);
  const first = entries.findIndex((entry) => entry['relationshipId'] === undefined);
  return entries.map((entry, place) => ({
    ...entry,
    type: entry['type'] ?? type,
    status: entry['status'] ?? status,
    isPrimary: place === first ? 1 : 0,
  }));
}

function objectsOfUsers(ids: Json | undefined, account: FubAccount): JsonObject[] {
  if (!Array.isArray(ids)) return [];
  return ids.map((id: Json) => ({ id: Number(id), name: userName(account, Number(id)) }));
}
