import { vaultNaturalKey } from '../../src/connectors/mri-vault/vault-key.ts';
import { scopeOf } from '../../src/domain/connection.ts';
import { canonicalJson, type Json } from '../../src/domain/json.ts';
import { linkId, type Link } from '../../src/domain/link.ts';
import { hasDrifted } from '../../src/domain/deciding/link-drift.ts';
import { checkContents, type Ended } from './check-contents.ts';
import { checkDeleted } from './check-deleted.ts';
import { checkLetters } from './check-letters.ts';
import { markerOf } from './crm/content-marker.ts';
import type { ServerRecord } from './crm/crm-server.ts';
import { comparable } from './crm/people-facts.ts';
import { expectedRecords } from './feed/expected-records.ts';
import type { Users } from './perform.ts';
import type { SimUser } from './plan/sim-plan.ts';
import type { World } from './world.ts';

/** What an outage makes a process tell. */
const EXPECTED_ERRORS = /(StoreUnavailable|DeadLetterTopicUnavailable)/;

/** Everything that has to hold once all work has ended; each fault in words. */
export async function checkEnd(world: World, users: Users): Promise<string[]> {
  const ended = await readEnd(world);
  return [
    ...(await checkRecords(world)),
    ...checkContents(world, ended),
    ...checkDuplicates(world, ended),
    ...checkDeleted(world, ended),
    ...(await checkLinks(world, users)),
    ...(await checkLetters(world, ended)),
    ...world.errors.filter((line) => !EXPECTED_ERRORS.test(line)).map((line) => `error: ${line}`),
  ];
}

async function readEnd({ plan, store, log }: World): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (const record of expectedRecords(log).values()) {
    const user = plan.users.find(({ name }) => name === record.user);
    const connection = user && (await store.raw.connections.findByOwner(user.name, 'mri_vault'));
    if (user === undefined || !connection) continue;
    const id = linkId(scopeOf(connection), `${record.kind}/${record.entityId}`);
    ended.push({ user, record, link: (await store.raw.links.read([id])).get(id) ?? null });
  }
  return ended;
}

/** What is stored is what the log says. */
async function checkRecords({ store, log }: World): Promise<string[]> {
  const faults: string[] = [];
  const expected = expectedRecords(log);
  const stored = await store.raw.records.read([...expected.keys()]);
  for (const [key, record] of expected) {
    const found = stored.get(key);
    const same =
      found?.version === record.version &&
      canonicalJson(found.body as Json) === canonicalJson(record.body as Json);
    if (!same)
      faults.push(`record ${key} is not as the log ends: ${JSON.stringify(found)} for v${record.version}`);
  }
  return faults;
}

/** CRM records that hold an entity's content and are not the one that its link names. */
function checkDuplicates(world: World, ended: readonly Ended[]): string[] {
  const faults: string[] = [];
  const hosts = new Map(world.plan.users.map(({ name, host }) => [name, host]));
  const linked = new Set(
    world.store.raw.database
      .prepare('SELECT user_id, remote_id FROM links WHERE remote_id IS NOT NULL')
      .all()
      .map((row) => `${hosts.get(String(row['user_id'])) ?? ''} ${String(row['remote_id'])}`),
  );
  const users = new Map(ended.map(({ record, user }) => [record.entityId, user]));
  for (const [host, { records }] of world.accounts) {
    for (const record of records.values()) {
      const isOurs = markerOf(record.kind, record.fields) !== null || record.madeFor !== null;
      if (linked.has(`${host} ${record.id}`) || !isOurs) continue;
      const why = whyLeft(world, host, record, users);
      if (why === null) faults.push(`${host} ${record.id} is left over: ${JSON.stringify(record)}`);
      else world.trace.count(`left over: ${why}`);
    }
  }
  return faults;
}

/** Why a CRM record that no link names may rightly be there; null: it may not. */
function whyLeft(
  world: World,
  host: string,
  record: ServerRecord,
  users: ReadonlyMap<string, SimUser>,
): string | null {
  const marker = markerOf(record.kind, record.fields) ?? record.madeFor;
  const entityId = marker?.entityId ?? '';
  const keyless = vaultNaturalKey(record.kind, record.fields) === null;
  const asked = world.uncertainCreates.some((line) => line.startsWith(`${host} ${entityId}#`));
  // Where a CRM lists no changes, such a create is found by nothing.
  const unlisted =
    world.plan.modes?.listing === false && hasIntent(world, host, `${record.kind}/${entityId}`);
  const edited = world.people.facts.touched(`${host} ${record.id}`);
  if (keyless && edited && hasIntent(world, host, `${record.kind}/${entityId}`))
    return 'a create without a key had no answer, and people changed what it made before it was looked for';
  if (keyless && (asked || unlisted)) return 'a create without a key had no answer';
  if (isShownDuplicate(world, host, record))
    return 'it was left for another with its new key, and is shown as a duplicate';
  if (keyless && hasMovedOn(world, host, record.id, `${record.kind}/${entityId}`))
    return 'it was left for another with its new key, and the store or the process failed before that was on file';
  const owner = users.get(entityId);
  if (owner !== undefined && owner.host !== host && hasIntent(world, host, `${record.kind}/${entityId}`))
    return 'the record moved to another user before its create was known to have been done';
  if (owner?.deletions === 'never') return 'deletes are switched off';
  if (asked && world.trace.counts.has('people_make'))
    return 'people made one that the search did not show yet';
  return null;
}

/**
 * Whether a link tells of this record as one too many: one that people have written into, or that has another key than the one that is used
 * instead, so that it was left on purpose; where it isn't certain that nobody touched it, it stays.
 */
function isShownDuplicate({ plan, store, people }: World, host: string, record: ServerRecord): boolean {
  const { id, kind, fields } = record;
  const names = plan.users.filter((user) => user.host === host).map(({ name }) => name);
  // What a CRM cut off a line of ours is not told from what people wrote: such a record stays as if they had.
  const cuts = kind === 'contact' && (plan.modes?.noteLength ?? 0) > 0;
  const touched = cuts || people.facts.touched(`${host} ${id}`) || isOfKeyBetween(plan, record);
  const key = vaultNaturalKey(kind, fields)?.hash ?? null;
  const rows = store.raw.database
    .prepare('SELECT user_id, key_hash, strays FROM links WHERE strays IS NOT NULL')
    .all();
  return rows.some(
    (row) =>
      names.includes(String(row['user_id'])) &&
      (touched || key === null || row['key_hash'] !== key) &&
      (JSON.parse(String(row['strays'])) as string[]).includes(id),
  );
}

/** Whether its contact had another key after it was last written, so that it was left for that one, whatever the key is by now. */
function isOfKeyBetween({ actions }: World['plan'], { kind, fields }: ServerRecord): boolean {
  const marker = markerOf(kind, fields);
  if (kind !== 'contact' || marker === null) return false;
  // A content may come back under a later version.
  const events = actions.flatMap((action) =>
    action.do === 'event' && action.entityId === marker.entityId ? [action] : [],
  );
  const written = events.filter(({ body }) => body?.content === marker.content);
  const since = Math.min(...written.map(({ version }) => version));
  return events.some(
    ({ body, version }) =>
      body !== null &&
      version > since &&
      body.key !== '' &&
      comparable(body.key).toLowerCase() !== comparable(fields['email']).toLowerCase(),
  );
}

/** Whether its record has another CRM record by now, after something failed. */
function hasMovedOn({ plan, store, trace }: World, host: string, id: string, key: string): boolean {
  if (!trace.counts.has('process died') && !trace.counts.has('store unavailable')) return false;
  const names = plan.users.filter((user) => user.host === host).map(({ name }) => name);
  const rows = store.raw.database
    .prepare('SELECT user_id, remote_id FROM links WHERE key = ? AND remote_id IS NOT NULL')
    .all(key);
  return rows.some((row) => names.includes(String(row['user_id'])) && row['remote_id'] !== id);
}

/** Whether a user of this host has a create on file that was never known to have ended: what moves away is left as it is. */
function hasIntent({ plan, store }: World, host: string, key: string): boolean {
  const names = plan.users.filter((user) => user.host === host).map(({ name }) => name);
  const rows = store.raw.database
    .prepare('SELECT user_id FROM links WHERE key = ? AND intent IS NOT NULL')
    .all(key);
  return rows.some((row) => names.includes(String(row['user_id'])));
}

/** Of two records found to be one, ours stays where deletes are switched off or people have written into it. */
function mayStay(world: World, { userId }: Link, stray: string): boolean {
  const user = world.plan.users.find(({ name }) => name === userId);
  if (user?.deletions === 'never') return true;
  const record = world.accounts.get(user?.host ?? '')?.records.get(stray);
  return record === undefined || isShownDuplicate(world, user?.host ?? '', record);
}

/** Nothing is left half done, and no mark was lost. */
async function checkLinks(world: World, { left }: Users): Promise<string[]> {
  const { store, time } = world;
  const faults: string[] = [];
  const rows = store.raw.database.prepare('SELECT id FROM links').all();
  for (const { id } of rows) {
    const linkIdOf = id as Parameters<typeof store.raw.links.read>[0][number];
    const link = (await store.raw.links.read([linkIdOf])).get(linkIdOf);
    if (link === undefined) continue;
    // A disconnect drops what is due also where a worker died with it in hand.
    const claimed = link.claim !== null && !left.has(link.userId);
    if (claimed || link.wake || link.untold) faults.push(`left over: ${JSON.stringify(link)}`);
    // What was given up keeps it, for whoever tries again.
    const kept = link.dead !== null || left.has(link.userId);
    if (link.intent !== null && !kept) faults.push(`an intent is left over: ${JSON.stringify(link)}`);
    const strays = link.strays.filter((stray) => !mayStay(world, link, stray));
    if (strays.length > 0) faults.push(`strays: ${JSON.stringify(link)}`);
    const record = (await store.raw.records.read([link.key])).get(link.key);
    // What changes while there is no connection is marked by nobody: it is for a full sync.
    if (record && !left.has(link.userId) && hasDrifted(record, link, time.now() + 120_000))
      faults.push(`drifted: ${JSON.stringify(link)}`);
  }
  return faults;
}
