import { tokensIn } from './crm/people-facts.ts';
import type { Ended } from './check-contents.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Link } from '../../src/domain/link.ts';
import type { ServerRecord } from './crm/crm-server.ts';
import type { SimUser } from './plan/sim-plan.ts';
import type { World } from './world.ts';

/**
 * What Zena has no more is gone from the CRM where deletes are wanted, unless people have worked in it or somebody else has it; and what
 * people entered and rightly went stands in a timeline.
 */
export function checkDeleted(world: World, ended: readonly Ended[]): string[] {
  const kept = ended.filter(({ record }) => record.body === null).map((one) => whyFault(world, one, ended));
  return [...kept.filter((fault) => fault !== null), ...checkOwed(world)];
}

function whyFault(world: World, one: Ended, ended: readonly Ended[]): string | null {
  const { user, record, link } = one;
  if (link?.remote == null || link.dead !== null || user.deletions === 'never') return null;
  if (user.deletions === 'created' && link.remote.origin === 'adopted') return null;
  const { id } = link.remote;
  const place = `${user.host} ${id}`;
  const held = world.accounts.get(user.host)?.records.get(id);
  if (held === undefined || world.people.aliased.has(place)) return null;
  const isOthers = ended.some(
    (other) => other.user.host === user.host && other !== one && other.link?.remote?.id === id,
  );
  if (isOthers || isHeldByKin(world, user, link, id)) return null;
  // A CRM that cuts texts leaves of a line what nobody can tell from people's.
  const cuts = (world.plan.modes?.noteLength ?? 0) > 0;
  const changed = [...world.people.changedLines].some((line) => line.startsWith(`${place} `));
  const isTouched = changed || world.people.facts.touched(place) || refersToMerged(world, user, held);
  if (user.deletions === 'created' && (cuts || isTouched)) {
    world.trace.count('kept for people');
    return null;
  }
  return `${record.kind}/${record.entityId} of ${user.name} is deleted and stays as ${place}: ${JSON.stringify(held)} ${JSON.stringify(link)}`;
}

/** Whether people merged what it refers to into another, and so changed it as well. */
function refersToMerged({ people }: World, { host }: SimUser, { fields }: ServerRecord): boolean {
  const survivors = new Set(people.mergedInto.values());
  return ['vendors', 'buyers', 'contacts']
    .flatMap((field) => fields[field] ?? [])
    .some((id) => survivors.has(String(id)) || people.mergedInto.has(`${host} ${String(id)}`));
}

/** What a timeline shows of a value, an item of a list by what it is called. */
function wordIn(value: Json): string {
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return wordIn((value as JsonObject)['type'] ?? null);
  return tokensIn(value)[0] ?? String(value);
}

/** Whether another connection of the account has it, also where its record is another user's by now and its link rests. */
function isHeldByKin({ plan, store }: World, { host }: SimUser, link: Link, remoteId: string): boolean {
  const names = plan.users.filter((user) => user.host === host).map(({ name }) => name);
  const rows = store.raw.database
    .prepare('SELECT scope, user_id FROM links WHERE remote_id = ?')
    .all(remoteId);
  return rows.some((row) => row['scope'] !== link.scope && names.includes(String(row['user_id'])));
}

/** The timeline is written after the link: whoever dies between the two tells nothing. */
function checkOwed({ judge, store, trace }: World): string[] {
  if (trace.counts.has('process died') || trace.counts.has('store unavailable')) return [];
  return judge.owed.flatMap(({ user, told, value }) => {
    const token = wordIn(value);
    const rows = store.raw.database
      .prepare("SELECT 1 FROM timeline WHERE user_id = ? AND instr(document ->> '$.replaced', ?) > 0 LIMIT 1")
      .all(user, token);
    return rows.length > 0 ? [] : [`${told}, and no timeline tells of it`];
  });
}
