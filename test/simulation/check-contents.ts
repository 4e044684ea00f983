import { COLLECTIONS } from '../../src/connectors/mri-vault/wire.ts';
import { vaultFields } from '../../src/connectors/mri-vault/mapping.ts';
import type { EntityBody } from '../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Link } from '../../src/domain/link.ts';
import { tidyTexts } from '../../src/sandbox/mri-vault/tidy-text.ts';
import type { VaultCollection } from '../../src/sandbox/mri-vault/vault-record.ts';
import { markerOf } from './crm/content-marker.ts';
import type { ServerRecord } from './crm/crm-server.ts';
import { comparable, isBlank, tokensIn } from './crm/people-facts.ts';
import type { ExpectedRecord } from './feed/expected-records.ts';
import type { SimUser } from './plan/sim-plan.ts';
import type { World } from './world.ts';

/** One entity as Zena wants it, with its link in its owner's CRM account. */
export interface Ended {
  readonly user: SimUser;
  readonly record: ExpectedRecord;
  readonly link: Link | null;
}

/** Whether a delivery may rightly have ended without the CRM's holding the content. */
function isExcused(world: World, { record, link }: Ended): boolean {
  const trait = world.sent(record)?.trait;
  if (trait === 'broken' || (trait === 'rejected' && !world.relented)) return link?.dead !== null;
  // Nothing to find it by, and where the CRM lists no changes, no way to look for it.
  const unclear = link?.dead?.code === 'CREATE_AMBIGUOUS' || world.plan.modes?.listing === false;
  return link !== null && link.dead !== null && unclear && link.intent?.keyHash === null;
}

/**
 * Each CRM record of a live entity holds what Zena says, of sharers what the one says that changed last; and where Zena says
 * nothing, what people entered or nothing.
 */
export function checkContents(world: World, ended: readonly Ended[]): string[] {
  const faults: string[] = [];
  const live = ended.filter(({ record }) => record.body !== null);
  const speakers = new Map<string, Ended>();
  for (const one of live) {
    const { record, link, user } = one;
    const key = `${record.kind}/${record.entityId}`;
    if (!isExcused(world, one) && (link?.remote == null || link.dead !== null))
      faults.push(`${key} of ${user.name} is not in the CRM: ${JSON.stringify(link)}`);
    if (link?.remote == null) continue;
    const place = `${user.host} ${user.name} ${link.remote.id}`;
    const other = speakers.get(place);
    if (other === undefined || isNewer(record, other.record)) speakers.set(place, one);
  }
  const remotes = remotesByScope(world);
  for (const one of speakers.values()) {
    // Who speaks for a shared CRM record and is refused is heard by nobody, and neither are the others.
    if (isExcused(world, one)) continue;
    const { record, link, user } = one;
    const remote = remotes.get(link?.scope ?? '');
    const id = link?.remote?.id ?? '';
    // Of a record that several ids lead to since people merged it, each of several speaks.
    if (world.people.aliased.has(`${user.host} ${id}`)) continue;
    const wanted = vaultFields(record.body as EntityBody, (key) => remote?.get(key) ?? null);
    const held = world.accounts.get(user.host)?.records.get(id);
    const name = `${record.kind}/${record.entityId} of ${user.name}`;
    const differing = held === undefined ? ['record'] : differences(world, one, held, wanted);
    if (differing.length > 0)
      faults.push(
        `${name} differs in ${user.host} ${id} (${differing.join(', ')}): ` +
          `${JSON.stringify(held?.fields)} for ${JSON.stringify(wanted)}`,
      );
  }
  return faults;
}

/** The names of the fields that are neither what Zena says nor what people made of it. */
function differences(world: World, one: Ended, held: ServerRecord, wanted: JsonObject): string[] {
  const { people, accounts } = world;
  const { host } = one.user;
  const settings = accounts.get(host)?.settings;
  const place = `${host} ${held.id}`;
  const collection = COLLECTIONS[held.kind] as VaultCollection;
  const tidied = settings === undefined ? wanted : tidyTexts(collection, wanted, settings);
  const changedLately = (field: string): boolean =>
    (people.facts.editedAt(place, field) ?? -1) >=
    one.record.occurredAt - world.time.now() + world.time.elapsed;
  // Left for another and found again: what stood there by then is nobody's that could be told, and stays.
  const isFoundAgain = one.link?.strays.includes(held.id) === true;
  const isAnothers = (field: string, value: Json): boolean =>
    isFoundAgain ||
    people.facts.everHeld(place, field, value) ||
    people.facts.putByOthers(place, field, value, one.user.name);
  // Taken by another connection of the account for what it says: whoever wrote last stands there.
  const speaker = markerOf(held.kind, held.fields)?.entityId ?? one.record.entityId;
  const isAnothersWord = (field: string): boolean =>
    speaker !== one.record.entityId &&
    people.facts.putByOthers(place, field, held.fields[field] ?? null, one.user.name);
  const isRight = (field: string): boolean => {
    const [now, want] = [held.fields[field], tidied[field]];
    if (field === 'notes') return linesStand(world, place, now, wanted[field]);
    if (isIds(field)) return idsStand(world, held, { user: one.user, field, want });
    if (isItems(field)) return itemsStand(now, want, (item) => isAnothers(field, item));
    if (comparable(now) === comparable(want) || isAnothersWord(field)) return true;
    if (isBlank(want)) return isBlank(now) || isAnothers(field, now ?? null);
    // Either holds where they changed it after Zena's last change, or where Zena says what it said before they did.
    const sameAsBefore = comparable(people.facts.changedFrom(place, field)) === comparable(want);
    return (
      (changedLately(field) || sameAsBefore) &&
      (isBlank(now) || people.facts.everHeld(place, field, now ?? null))
    );
  };
  return Object.keys(wanted).filter((field) => !isRight(field));
}

/** Each line of Zena's stands once, unless people changed it or the CRM cuts texts. */
function linesStand(world: World, place: string, now: Json | undefined, want: Json | undefined): boolean {
  const held = tokensIn(now);
  const cuts = (world.plan.modes?.noteLength ?? 0) > 0;
  return tokensIn(want).every((token) => {
    const times = held.filter((one) => one === token).length;
    // What is left of one that was cut stands beside it.
    return (
      times === 1 ||
      (cuts && times === 2) ||
      (times === 0 && (cuts || world.people.changedLines.has(`${place} ${token}`)))
    );
  });
}

/** Zena's ids are there, and beside them none but those that people put there, or merged others into. */
function idsStand(
  { people }: World,
  { id, fields }: ServerRecord,
  { user, field, want }: { readonly user: SimUser; readonly field: string; readonly want: Json | undefined },
): boolean {
  const { host, name } = user;
  const place = `${host} ${id}`;
  const textsOf = (ids: Json | undefined): string[] => (Array.isArray(ids) ? ids.map(String) : []);
  const now = (one: string): string => people.mergedInto.get(`${host} ${one}`) ?? one;
  const wanted = textsOf(want).map(now);
  const held = textsOf(fields[field]);
  const survivors = new Set(people.mergedInto.values());
  if (new Set(held).size < held.length) return false;
  return (
    wanted.every((one) => held.includes(one) || held.map(now).includes(one)) &&
    held.every(
      (one) =>
        wanted.includes(now(one)) ||
        survivors.has(one) ||
        people.facts.everHeld(place, field, one) ||
        people.facts.putByOthers(place, field, one, name),
    )
  );
}

function isItems(field: string): boolean {
  return ['milestones', 'riskFlags'].includes(field);
}

/** Zena's items are there, each once, and beside them none but those that people or others put there. */
function itemsStand(
  now: Json | undefined,
  want: Json | undefined,
  isAnothers: (item: Json) => boolean,
): boolean {
  const itemsOf = (list: Json | undefined): readonly Json[] => (Array.isArray(list) ? list : []);
  const [held, wanted] = [itemsOf(now), itemsOf(want)];
  const times = (item: Json): number => held.filter((one) => comparable(one) === comparable(item)).length;
  const isWanted = (item: Json): boolean => wanted.some((one) => comparable(one) === comparable(item));
  return (
    wanted.every((item) => times(item) === 1) && held.every((item) => isWanted(item) || isAnothers(item))
  );
}

function isIds(field: string): boolean {
  return ['vendors', 'buyers', 'contacts'].includes(field);
}

/** The CRM's id of everything that has one; what another user has meanwhile keeps the one that it had. */
function remotesByScope({ store }: World): Map<string, Map<string, string>> {
  const rows = store.raw.database
    .prepare('SELECT scope, key, remote_id FROM links WHERE remote_id IS NOT NULL')
    .all();
  const scopes = Map.groupBy(rows, (row) => String(row['scope']));
  return new Map(
    [...scopes].map(([scope, links]) => [
      scope,
      new Map(links.map((row) => [String(row['key']), String(row['remote_id'])])),
    ]),
  );
}

function isNewer(a: ExpectedRecord, b: ExpectedRecord): boolean {
  return a.occurredAt === b.occurredAt ? a.entityId > b.entityId : a.occurredAt > b.occurredAt;
}
