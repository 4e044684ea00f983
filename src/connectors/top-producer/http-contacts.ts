import { compareEmail, isEmail } from '../../domain/canonical/email-address.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import type { Contact, EntityBody } from '../../domain/entity.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { DraftRemark, KindMapping } from '../../domain/mapping.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CrmFields, RemoteHit, SoughtKey } from '../../domain/remote-record.ts';
import type { ConnectorKind, CrmHttp, CrmRequest, UpdateWrite } from '../connector.port.ts';
import { realNotes } from '../mapping-parts/note-lines.ts';
import { firstEmail, firstPhone } from '../mapping-parts/real-entries.ts';
import { splitName } from '../mapping-parts/split-name.ts';
import { CATEGORIES, MEMBERS, PATHS, QUERY } from './assumed.ts';
import { failedAnswers } from '../failed-answers.ts';

export const { createWithoutId, notAnAbsence } = failedAnswers('Top Producer', { keepsWhose: true });

const { contacts } = PATHS;
/** Mapped fields are called as the members are. */
const FIELDS = ['firstName', 'lastName', 'email', 'phone', 'category', 'note'] as const;
const MOST_PAGES = 50;

function mapping(isPlaceholder: IsPlaceholder): KindMapping {
  return {
    sharings: { note: 'lines' },
    fields: (body) => fieldsOf(contactOf(body)),
    keys({ email }) {
      const text = textOf(email).trim();
      if (!isEmail(text) || isPlaceholder(text)) return [];
      const hash = naturalKeyHash('contact', compareEmail(text));
      return [{ kind: 'contact', strength: 'good', value: { email: text }, hash, formerHashes: [] }];
    },
    remarks: (body) => remarksOf(contactOf(body)),
  };
}

/** Contacts by our own contract. */
export function httpContacts(isPlaceholder: IsPlaceholder): ConnectorKind {
  return {
    ...mapping(isPlaceholder),
    parts: {
      core: {
        writes: 'merges',
        async create(http, { fields }) {
          const made = await http.request({
            verb: 'create',
            method: 'POST',
            path: [contacts],
            body: written(fields, FIELDS),
          });
          if (made.kind !== 'applied') return made;
          const hit = readHit(made.value.body);
          if (hit === null) return createWithoutId(made.value.status);
          const { id, version, fields: held } = hit;
          return { kind: 'applied', value: { id, version, fields: held, origin: 'created' } };
        },
        update,
      },
    },
    find,
    read,
    async delete(http, remoteId) {
      const gone = await http.request({ verb: 'delete', method: 'DELETE', path: [contacts, remoteId] });
      return gone.kind === 'applied' ? { kind: 'applied', value: null } : gone;
    },
    changes: (http, since, limit) =>
      listed(
        http,
        'list',
        { [QUERY.since]: new Date(Math.floor(since / 1_000) * 1_000).toISOString() },
        limit,
      ),
  };
}

async function update(http: CrmHttp, remoteId: string, { fields, changed }: UpdateWrite) {
  const names = FIELDS.filter((name) => changed.includes(name));
  const body = written(fields, names.length > 0 ? names : ['firstName', 'lastName']);
  const outcome = await http.request({ verb: 'update', method: 'PUT', path: [contacts, remoteId], body });
  if (outcome.kind !== 'applied') return outcome;
  const told = readHit(outcome.value.body);
  const value = told === null ? { id: remoteId, version: null } : asWritten(told);
  return { kind: 'applied', value } as const;
}

const asWritten = ({ id, version, fields }: RemoteHit) => ({ id, version, fields });

async function read(http: CrmHttp, remoteId: string): Promise<CallOutcome<RemoteHit>> {
  const outcome = await http.request({ verb: 'read', method: 'GET', path: [contacts, remoteId] });
  if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
  const hit = readHit(outcome.value.body);
  if (hit === null) return unreadable(outcome.value.status);
  return hit.id === remoteId
    ? { kind: 'applied', value: hit }
    : { kind: 'gone', code: 'MERGED', detail: 'Top Producer answered with another contact.' };
}

async function find(http: CrmHttp, { value }: SoughtKey): Promise<CallOutcome<readonly RemoteHit[]>> {
  const { email = '' } = value;
  for (const asked of new Set([email.trim(), compareEmail(email)])) {
    const found = await listed(http, 'find', { [QUERY.email]: asked });
    if (found.kind !== 'applied') return found;
    const hits = found.value.filter(
      ({ fields }) => compareEmail(textOf(fields['email'])) === compareEmail(email),
    );
    if (hits.length > 0) return { kind: 'applied', value: oldestFirst(hits) };
  }
  return { kind: 'applied', value: [] };
}

async function listed(
  http: CrmHttp,
  verb: CrmRequest['verb'],
  query: Readonly<Record<string, string>>,
  most = 2_000,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const hits: RemoteHit[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const outcome = await http.request({
      verb,
      method: 'GET',
      path: [contacts],
      query: { ...query, page: String(page) },
    });
    if (outcome.kind !== 'applied') return notAnAbsence(outcome);
    const { body, status } = outcome.value;
    const data = isObject(body) ? body['data'] : undefined;
    if (!isObject(body) || !Array.isArray(data)) return unreadable(status);
    const read = (data as readonly Json[]).map(readHit);
    if (read.some((hit) => hit === null)) return unreadable(status);
    hits.push(...read.filter((hit) => hit !== null));
    if (hits.length > most) return unreadable(status);
    if (body['nextPage'] === null) return { kind: 'applied', value: hits };
    if (typeof body['nextPage'] !== 'number') return unreadable(status);
  }
  return unreadable(200);
}

function readHit(body: Json): RemoteHit | null {
  if (!isObject(body)) return null;
  const id = body[MEMBERS.id];
  if (typeof id !== 'string' && typeof id !== 'number') return null;
  const [made, changed] = [MEMBERS.createdAt, MEMBERS.updatedAt].map((name) => textOf(body[name]));
  // Whoever calls its members otherwise shows nothing that could be compared.
  if (FIELDS.some((name) => body[MEMBERS[name]] === undefined)) return null;
  const createdAt = Date.parse(made ?? '');
  return {
    id: String(id),
    version: changed === '' ? null : (changed ?? null),
    createdAt: Number.isNaN(createdAt) ? null : createdAt,
    fields: Object.fromEntries(FIELDS.map((name) => [name, textOf(body[MEMBERS[name]])])),
  };
}

function written(fields: CrmFields, names: readonly (typeof FIELDS)[number][]): JsonObject {
  return Object.fromEntries(names.map((name) => [MEMBERS[name], fields[name] ?? '']));
}

function contactOf(body: EntityBody): Contact {
  if (body.kind !== 'contact') throw new TypeError('A contact is made of a contact');
  return body.contact;
}

function fieldsOf(contact: Contact): CrmFields {
  const { firstName, lastName } = splitName(contact.name);
  const role = visibleText(contact.role).trim().toLowerCase();
  return {
    firstName,
    lastName,
    email: firstEmail(contact.emails, 'email').value,
    phone: firstPhone(contact.phones, 'phone').value,
    category: CATEGORIES[role] ?? 'lead',
    note: realNotes(contact.relationshipNotes).join('\n'),
  };
}

function remarksOf(contact: Contact): readonly DraftRemark[] {
  const ways = contact.doNotContact ?? [];
  const detail = `Not sent: wants no contact by ${ways.join(', ')}. The assumed contract has no field for it.`;
  return [
    ...firstEmail(contact.emails, 'email').remarks,
    ...firstPhone(contact.phones, 'phone').remarks,
    ...(ways.length === 0 ? [] : [{ field: 'doNotContact', code: 'not_carried', detail } as const]),
  ];
}

function oldestFirst(hits: readonly RemoteHit[]): RemoteHit[] {
  const ageOf = ({ createdAt }: RemoteHit): number => createdAt ?? Number.MAX_SAFE_INTEGER;
  return [...hits].sort((one, other) => ageOf(one) - ageOf(other));
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

export function unreadable(status: number): Failure {
  const detail = 'Top Producer answered in another shape than the assumed contract has.';
  return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail, status };
}
