import type { ConnectorKind, CrmHttp } from '../connectors/connector.port.ts';
import { ENTITY_KINDS, type EntityKind, type RecordKey } from '../domain/entity.ts';
import type { Json } from '../domain/json.ts';
import { draftOf } from '../domain/mapping.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { CrmFields } from '../domain/remote-record.ts';
import { type Comparison, compareWithCrm, type RecordState } from './compare-with-crm.ts';
import type { DemoCrm } from './demo-crm.ts';
import type { BookEntry } from './office-book.ts';

export interface LookInput {
  readonly entries: readonly BookEntry[];
  /** What the service says of each record. */
  readonly states: ReadonlyMap<RecordKey, RecordState>;
  readonly refusable: ReadonlySet<RecordKey>;
  readonly before: ReadonlySet<string>;
  /** The kinds that the connection sends. */
  readonly synced: ReadonlySet<EntityKind>;
  /** Ids that some record was ever linked with: what people and deletes leave of them is kept in some CRMs. */
  readonly onceLinked: ReadonlySet<string>;
}

/** Reads everything that the service has linked in a CRM, as its connector reads it, and compares it with Zena. */
export async function lookAtCrm(crm: DemoCrm, input: LookInput): Promise<Comparison> {
  return await crm.speak(async (http) => {
    const facts = await factsFor(crm, http, input.entries);
    const held = new Map<string, CrmFields | null>();
    for (const { key, kind } of input.entries) {
      const remoteId = input.states.get(key)?.remoteId ?? null;
      const of = crm.connector.kinds[kind];
      if (remoteId === null || of === undefined || held.has(remoteId)) continue;
      const fields = await readWhole(of, http, remoteId);
      if (fields !== undefined) held.set(remoteId, fields);
    }
    const orphans = await countOrphans(crm, http, input);
    const kinds = Object.fromEntries(
      Object.entries(crm.connector.kinds).filter(([kind]) => input.synced.has(kind as EntityKind)),
    );
    const compared = compareWithCrm({ ...input, kinds, page: crm.page, held, facts, orphans });
    const left = await deletedAndThere(crm, http, input, facts);
    const told = sayWhatIsOff(compared, crm.connector.kinds, input.synced);
    return { ...told, differences: [...told.differences, ...left] };
  });
}

/** A kind that the CRM has, and that isn't sent unless people switch it on, is told so: it is not one that the CRM hasn't. */
export function sayWhatIsOff(
  compared: Comparison,
  kinds: Readonly<Partial<Record<EntityKind, Pick<ConnectorKind, 'offUnlessAsked'>>>>,
  synced: ReadonlySet<EntityKind>,
): Comparison {
  const off = new Map<string, string>(
    ENTITY_KINDS.flatMap((kind) => {
      const reason = synced.has(kind) ? undefined : kinds[kind]?.offUnlessAsked;
      return reason === undefined
        ? []
        : [[kind, `off unless switched on under “What is sent”: ${reason}`] as const];
    }),
  );
  return {
    ...compared,
    kinds: compared.kinds.map((count) => ({
      ...count,
      ...(off.has(count.kind) && { off: off.get(count.kind) ?? '' }),
    })),
    fields: compared.fields.map((count) => {
      const reason = off.get(count.field.split('.')[0] ?? '');
      return reason === undefined || count.notCarried === null ? count : { ...count, notCarried: reason };
    }),
  };
}

/** Reads what mappings have to know of the account for all of these. */
export async function factsFor(
  { connector }: Pick<DemoCrm, 'connector'>,
  http: CrmHttp,
  entries: readonly Pick<BookEntry, 'kind' | 'body'>[],
): Promise<ReadonlyMap<string, Json>> {
  const names = new Set(entries.flatMap(({ kind, body }) => connector.kinds[kind]?.factsFor?.(body) ?? []));
  const facts = new Map<string, Json>();
  for (const name of names) {
    const outcome = await connector.facts?.read(http, name);
    if (outcome?.kind === 'applied') facts.set(name, outcome.value);
  }
  return facts;
}

/** The record with what its appended parts have; null: the CRM has none; undefined: it can't be read there. */
async function readWhole(
  kind: ConnectorKind,
  http: CrmHttp,
  remoteId: string,
): Promise<CrmFields | null | undefined> {
  if (kind.read === undefined) return undefined;
  const hit = await kind.read(http, remoteId);
  if (hit.kind === 'gone') return null;
  const fields: Record<string, Json> = { ...valueOf(hit).fields };
  for (const part of kind.parts.others ?? []) {
    if (part.does === 'appends' && part.list !== undefined)
      fields[part.field] = [...valueOf(await part.list(http, remoteId))];
  }
  return fields;
}

/** Records that nothing of Zena's leads, or ever led, to and that were not there before. */
async function countOrphans(
  crm: DemoCrm,
  http: CrmHttp,
  { states, before, onceLinked }: Pick<LookInput, 'states' | 'before' | 'onceLinked'>,
): Promise<number> {
  const linked = new Set([...states.values()].map(({ remoteId }) => remoteId));
  const isKnown = (id: string): boolean => linked.has(id) || before.has(id) || onceLinked.has(id);
  let orphans = 0;
  for (const kind of readableKinds(crm)) {
    const unknown = ((await crm.listed(kind)) ?? []).filter((id) => !isKnown(id));
    for (const id of unknown)
      if ((await crm.connector.kinds[kind]?.read?.(http, id))?.kind === 'applied') orphans += 1;
  }
  return orphans;
}

/** What was deleted in Zena and is found there all the same, as the connector finds it. */
async function deletedAndThere(
  { connector }: DemoCrm,
  http: CrmHttp,
  { entries, states, before }: LookInput,
  facts: ReadonlyMap<string, Json>,
): Promise<readonly string[]> {
  const linked = new Set([...states.values()].map(({ remoteId }) => remoteId));
  const left: string[] = [];
  for (const { key, kind, body, deleted } of entries) {
    const of = connector.kinds[kind];
    if (!deleted || of?.delete === undefined) continue;
    const [sought] = draftOf(body, of, { resolve: () => null, timeZone: 'UTC', facts }).keys;
    const hits = sought === undefined ? [] : valueOf(await of.find(http, sought));
    if (hits.some(({ id }) => !linked.has(id) && !before.has(id)))
      left.push(`${key} is deleted and still in the CRM`);
  }
  return left;
}

function valueOf<T>(outcome: CallOutcome<T>): T {
  if (outcome.kind === 'applied') return outcome.value;
  throw new Error(`the CRM could not be looked at: ${outcome.code}, ${outcome.detail}`);
}

/** Kinds of records that a CRM has and lets be read. */
export function readableKinds({ connector: { kinds } }: Pick<DemoCrm, 'connector'>): readonly EntityKind[] {
  return ENTITY_KINDS.filter((kind) => kinds[kind]?.read !== undefined);
}
