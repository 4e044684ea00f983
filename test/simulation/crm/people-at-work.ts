import { vaultFields } from '../../../src/connectors/mri-vault/mapping.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { isObject } from '../../../src/connectors/mri-vault/wire.ts';
import type { PeopleEdit } from '../plan/sim-plan.ts';
import type { ProcessLife } from '../time/process-life.ts';
import type { Trace } from '../time/trace.ts';
import { bodyOf, markerOf } from './content-marker.ts';
import type { CrmAccount, ServerAnswer, ServerRecord } from './crm-server.ts';
import { isBlank, tokensIn, type PeopleFact, type PeopleFacts } from './people-facts.ts';

/** A CRM record, and where it is. */
export interface HeldRecord {
  readonly host: string;
  readonly record: ServerRecord;
}

/** The people who work in the CRMs, and what they have done there. */
export interface PeopleAtWork {
  readonly facts: PeopleFacts;
  /** CRM records that they removed, or merged into another, as `host id`. */
  readonly removed: ReadonlySet<string>;
  /** CRM records that several ids lead to since they merged them, as `host id` of each. */
  readonly aliased: ReadonlySet<string>;
  /** Which id took over, by `host id` of a merged record. */
  readonly mergedInto: ReadonlyMap<string, string>;
  /** Lines of Zena's that they changed or took out, as `host id token`. */
  readonly changedLines: ReadonlySet<string>;
  /** The record that holds an entity's content now. */
  held(entityId: string): HeldRecord | null;
  /** A record of their own, `@person` in a list being somebody whom Zena doesn't know. */
  make(host: string, kind: EntityKind, made: { readonly key: string; readonly fields: JsonObject }): void;
  edit(held: HeldRecord, edit: PeopleEdit): void;
  remove(held: HeldRecord): void;
  merge(gone: HeldRecord, into: HeldRecord, answer: 'gone' | 'alias'): void;
}

export interface PeopleParts {
  readonly accounts: ReadonlyMap<string, CrmAccount>;
  readonly facts: PeopleFacts;
  readonly trace: Trace;
}

/** What people know a record by. */
const NAMING = ['firstName', 'email', 'address', 'stage', 'propertyId'];
/** Their mark for somebody new. */
const PERSON = '@person';

export function createPeopleAtWork({ accounts, facts, trace }: PeopleParts): PeopleAtWork {
  const removed = new Set<string>();
  const aliased = new Set<string>();
  const changedLines = new Set<string>();
  const mergedInto = new Map<string, string>();
  const accountOf = (host: string): CrmAccount => {
    const account = accounts.get(host);
    if (account === undefined) throw new Error(`no CRM at ${host}`);
    return account;
  };
  const person = (account: CrmAccount): Json => {
    const { id } = account.make('contact', { firstName: 'Somebody', email: '', phone: '' });
    return account.settings.ids === 'number' ? Number(id) : id;
  };
  const tell = (host: string, record: ServerRecord | null, ...told: readonly PeopleFact[]): void => {
    if (record === null) return;
    const place = `${host} ${record.id}`;
    for (const fact of told) facts.entered(place, fact, record.fields);
    // Also whoever writes to another id that leads here by now, and can't know.
    if (aliased.has(place)) facts.forget(place);
  };

  function change({ host, record }: HeldRecord, edit: PeopleEdit): void {
    const account = accountOf(host);
    const place = `${host} ${record.id}`;
    const notes = String(record.fields['notes'] ?? '');
    switch (edit.what) {
      case 'value': {
        const { field, value } = edit;
        const edited = account.edit(record.id, { [field]: value });
        facts.forget(place, field);
        if (!isBlank(value)) tell(host, edited, { kind: 'value', field, value });
        return;
      }
      case 'line': {
        const lines = edit.place === 'first' ? [edit.text, notes] : [notes, edit.text];
        const edited = account.edit(record.id, { notes: lines.filter((line) => line !== '').join('\n') });
        tell(host, edited, { kind: 'line', field: 'notes', value: edit.text });
        return;
      }
      case 'change_line': {
        const tokens = tokensIn(notes).filter((token) => token.startsWith('Z'));
        const token = tokens[edit.which % Math.max(1, tokens.length)];
        if (token === undefined) return;
        changedLines.add(`${place} ${token}`);
        const edited = account.edit(record.id, { notes: notes.replace(token, edit.text ?? '') });
        if (edit.text !== null) tell(host, edited, { kind: 'line', field: 'notes', value: edit.text });
        return;
      }
      case 'reference': {
        const { field } = edit;
        const now = record.fields[field];
        const value = person(account);
        const edited = account.edit(record.id, { [field]: [...(Array.isArray(now) ? now : []), value] });
        tell(host, edited, { kind: 'id', field, value });
        return;
      }
      case 'item': {
        const { field, value } = edit;
        const now = record.fields[field];
        const edited = account.edit(record.id, { [field]: [...(Array.isArray(now) ? now : []), value] });
        tell(host, edited, { kind: 'item', field, value });
      }
    }
  }

  return {
    facts,
    removed,
    aliased,
    changedLines,
    mergedInto,
    held(entityId) {
      for (const [host, { records }] of accounts) {
        for (const record of records.values()) {
          if (markerOf(record.kind, record.fields)?.entityId === entityId) return { host, record };
        }
      }
      return null;
    },
    make(host, kind, { key, fields }) {
      const account = accountOf(host);
      const own = Object.entries(fields).map(([name, value]): [string, Json] => [
        name,
        Array.isArray(value) ? value.map((one: Json) => (one === PERSON ? person(account) : one)) : value,
      ]);
      const record = account.make(kind, { ...plainFields(kind, key), ...Object.fromEntries(own) });
      trace(`people make ${host} ${record.id} ${JSON.stringify(record.fields)}`);
      tell(host, record, ...own.flatMap(([field, value]) => factsOf(field, value)));
      for (const field of NAMING) facts.namedBy(`${host} ${record.id}`, field, record.fields[field] ?? null);
    },
    edit(held, edit) {
      trace(`people edit ${held.host} ${held.record.id} ${JSON.stringify(edit)}`);
      change(held, edit);
    },
    remove({ host, record }) {
      trace(`people remove ${host} ${record.id}`);
      accountOf(host).remove(record.id);
      facts.forgetId(host, record.id);
      removed.add(`${host} ${record.id}`);
    },
    merge(gone, into, answer) {
      const { host } = into;
      trace(`people merge ${host} ${gone.record.id} into ${into.record.id} (${answer})`);
      const { records, merge } = accountOf(host);
      if (!merge('contact', into.record.id, gone.record.id, answer)) return;
      facts.forgetId(host, gone.record.id);
      mergedInto.set(`${host} ${gone.record.id}`, into.record.id);
      if (answer === 'gone') removed.add(`${host} ${gone.record.id}`);
      else {
        // Whoever deletes the one, or writes to it, does so to the other, and can't know.
        for (const { record } of [gone, into]) aliased.add(`${host} ${record.id}`);
        facts.forgetId(host, into.record.id);
        return;
      }
      takeOver(facts, `${host} ${into.record.id}`, records.get(into.record.id), accountOf(host));
    },
  };
}

/** What the survivor of a merge took over from the other is what people wanted there. */
function takeOver(
  facts: PeopleFacts,
  place: string,
  before: ServerRecord | undefined,
  { records }: CrmAccount,
): void {
  const after = before && records.get(before.id);
  if (before === undefined || after === undefined) return;
  for (const [field, value] of Object.entries(after.fields)) {
    if (value === before.fields[field] || isBlank(value)) continue;
    facts.entered(place, { kind: 'value', field, value }, after.fields);
    // It may be there, but nobody can tell it from what Zena wrote there before.
    facts.forget(place, field);
  }
}

function plainFields(kind: EntityKind, key: string): JsonObject {
  const spec = { kind, content: 0, trait: 'good' as const, key, contacts: [], property: null };
  const fields = vaultFields(bodyOf('people', { ...spec, more: { phone: '', role: '' } }), () => null);
  const { riskOverview: _, lastName: __, ...own } = fields;
  return own;
}

function factsOf(field: string, value: Json): PeopleFact[] {
  if (field === 'notes' && typeof value === 'string')
    return value.split('\n').map((line) => ({ kind: 'line', field, value: line }));
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
    return value.map((id: Json) => ({ kind: 'id', field, value: id }));
  if (Array.isArray(value)) return value.map((item: Json) => ({ kind: 'item', field, value: item }));
  return [{ kind: 'value', field, value }];
}

/** What of people's an answer shows, and whom to tell so once it is there. */
export function showing(
  facts: PeopleFacts,
  account: CrmAccount | undefined,
  asked: {
    readonly method: string;
    readonly path: readonly string[];
    readonly answer: ServerAnswer;
    readonly user: string;
    readonly now: number;
  },
): (life: ProcessLife) => void {
  const { method, path, answer, now, user } = asked;
  const [collection, id] = path;
  if (method !== 'GET' || answer.status !== 200 || account === undefined || collection === 'auth')
    return () => undefined;
  const { body } = answer;
  const placesOf = (items: Json | undefined): string[] =>
    (Array.isArray(items) ? items : []).flatMap((item: Json) =>
      isObject(item) ? [`${account.host} ${String(item['id'])}`] : [],
    );
  if (id === undefined)
    return facts.showing(placesOf(isObject(body) ? body['items'] : []), 'list', now, user);
  if (id !== 'search') return facts.showing(placesOf(body === undefined ? [] : [body]), 'read', now, user);
  const whole = account.settings.searchAnswer === 'objects';
  return facts.showing(whole ? placesOf(body) : [], 'search', now - account.settings.searchLagMs, user);
}
