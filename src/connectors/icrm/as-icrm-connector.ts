import { splitRecordKey, type EntityKind } from '../../domain/entity.ts';
import { draftOf, type Draft, type ResolveReference } from '../../domain/mapping.ts';
import { NOTHING_OURS } from '../../domain/crm-copy.ts';
import { mergeFields, newFields } from '../../domain/merging/merge-fields.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import type {
  ConnectorCredentials,
  ConnectorKind,
  CrmConnector,
  CrmHttp,
  LaterPart,
} from '../connector.port.ts';
import type { CRMCredentials, ICRMConnector } from './icrm-connector.ts';
import { bodyOf, keyOfIdentifier } from './zena-record.ts';

/** Lets something speak to a CRM with these credentials, through its budget. */
export type Speak = <T>(
  connector: CrmConnector,
  credentials: ConnectorCredentials,
  act: (http: CrmHttp) => Promise<T>,
) => Promise<T>;

/** A provider's interfaces; the first takes what no other does. */
export type Dialects = readonly [CrmConnector, ...CrmConnector[]];

/** What a method of the document's interface throws. The message holds neither secrets nor personal data. */
export class CRMCallError extends Error {
  override readonly name = 'CRMCallError';
  /** Of the closed set that the program's documents list. */
  readonly code: string;
  /** The CRM record that was made, where only something of it was refused. */
  readonly crmRecordId: string | null;

  constructor({ code, detail }: Pick<Failure, 'code' | 'detail'>, crmRecordId: string | null = null) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.crmRecordId = crmRecordId;
  }
}

/**
 * A provider's connector of the engine's as the product document's interface: it is authenticated first, takes records in the contract's shape with the
 * CRM's ids as references, and throws where a call fails. What it lacks of the engine's care: nothing is remembered from one call to the next, so a push
 * whose answer was lost is a push of which nobody knows; look for the record before it is pushed again.
 */
export function asICRMConnector(dialects: Dialects, speak: Speak): ICRMConnector {
  let opened: { readonly connector: CrmConnector; readonly credentials: ConnectorCredentials } | null = null;

  function use(): NonNullable<typeof opened> {
    if (opened === null)
      throw new CRMCallError({ code: 'NOT_AUTHENTICATED', detail: 'authenticate comes first.' });
    return opened;
  }
  async function call<T>(act: (http: CrmHttp) => Promise<T>): Promise<T> {
    const { connector, credentials } = use();
    return await speak(connector, credentials, act);
  }
  const push = async (kind: EntityKind, given: unknown): Promise<string> => {
    const of = kindOf(use().connector, kind);
    const draft = draftFor(kind, given, of);
    return await call(async (http) => {
      const { fields } = newFields(draft.fields, of.sharings);
      const { id, origin } = valueOf(await of.parts.core.create(http, { fields: coreOf(of, fields) }));
      if (origin === 'existing') return await written(http, of, id, draft);
      await writeParts(http, of, { id, fields, held: {}, changed: namesOf(fields) });
      return id;
    });
  };

  return {
    async authenticate(given: CRMCredentials) {
      const connector = dialects.find((one) => one.takes?.(given) === true) ?? dialects[0];
      const parsed = connector.account.parse(given);
      if (!parsed.ok) return false;
      const { credentials } = parsed;
      const outcome = await speak(connector, credentials, (http) => connector.authenticate(http));
      if (outcome.kind === 'unauthorised') return false;
      valueOf(outcome);
      opened = { connector, credentials };
      return true;
    },
    pushContact: (contact) => push('contact', contact),
    pushProperty: (property) => push('property', property),
    pushDeal: (deal) => push('deal', deal),
    async findExistingRecord(type, identifier) {
      const of = kindOf(use().connector, type);
      const key = keyOfIdentifier(type, identifier, of);
      if (key === null) return null;
      const hits = valueOf(await call((http) => of.find(http, key)));
      return hits[0]?.id ?? null;
    },
    async updateRecord(type, crmRecordId, data) {
      const of = kindOf(use().connector, type);
      const draft = draftFor(type, data, of);
      await call((http) => written(http, of, crmRecordId, draft));
    },
  };
}

/** What people entered and Zena says nothing of stays, as far as the CRM shows it. */
async function written(http: CrmHttp, of: ConnectorKind, id: string, draft: Draft): Promise<string> {
  const read = of.read === undefined ? null : valueOf(await of.read(http, id));
  const held = read?.fields ?? {};
  const { fields, differs } = mergeFields({
    zena: draft.fields,
    sharings: of.sharings,
    held,
    ours: NOTHING_OURS,
    heldBefore: null,
  });
  const changed = read === null ? namesOf(fields) : differs;
  const ofCore = changed.filter((name) => partOf(of, name) === null);
  if (ofCore.length > 0) {
    const write = { fields: coreOf(of, fields), changed: ofCore, held, rest: read?.rest ?? null };
    valueOf(await of.parts.core.update(http, id, write));
  }
  await writeParts(http, of, { id, fields, held, changed });
  return id;
}

interface Written {
  readonly id: string;
  readonly fields: CrmFields;
  readonly held: CrmFields;
  readonly changed: readonly string[];
}

async function writeParts(
  http: CrmHttp,
  of: ConnectorKind,
  { id, fields, held, changed }: Written,
): Promise<void> {
  try {
    for (const part of of.parts.others ?? []) {
      const names = namesOfPart(part).filter((name) => changed.includes(name));
      if (names.length === 0) continue;
      if (part.does === 'replaces') {
        valueOf(await part.write(http, id, { fields: only(fields, part.fields), changed: names, held }));
        continue;
      }
      const there = part.list === undefined ? textsIn(held[part.field]) : valueOf(await part.list(http, id));
      for (const item of textsIn(fields[part.field]).filter((text) => !there.includes(text)))
        valueOf(await part.append(http, id, item));
    }
  } catch (error) {
    throw error instanceof CRMCallError
      ? new CRMCallError({ code: error.code, detail: error.message }, id)
      : error;
  }
}

function textsIn(value: CrmFields[string] | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function namesOfPart(part: LaterPart): readonly string[] {
  return part.does === 'appends' ? [part.field] : part.fields;
}

function partOf({ parts: { others = [] } }: ConnectorKind, name: string): LaterPart | null {
  return others.find((part) => namesOfPart(part).includes(name)) ?? null;
}

function coreOf(of: ConnectorKind, fields: CrmFields): CrmFields {
  return only(
    fields,
    namesOf(fields).filter((name) => partOf(of, name) === null),
  );
}

function only(fields: CrmFields, names: readonly string[]): CrmFields {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}

const namesOf = (fields: CrmFields): string[] => Object.keys(fields);

function kindOf({ id, kinds }: CrmConnector, kind: EntityKind): ConnectorKind {
  const of = kinds[kind];
  if (of === undefined)
    throw new CRMCallError({
      code: 'UNSUPPORTED',
      detail: `${id} has no place for this kind of record: ${kind}.`,
    });
  return of;
}

/** Its references are the CRM's ids already. */
function draftFor(kind: EntityKind, given: unknown, of: ConnectorKind): Draft {
  const resolve: ResolveReference = (key) => splitRecordKey(key).entityId;
  return draftOf(bodyOf(kind, given), of, { resolve, timeZone: 'UTC' });
}

function valueOf<T>(outcome: CallOutcome<T>): T {
  if (outcome.kind === 'applied') return outcome.value;
  throw new CRMCallError(outcome);
}
