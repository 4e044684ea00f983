import { decodeLetterId } from '../../src/domain/dead-letter.ts';
import type { Ended } from './check-contents.ts';
import type { World } from './world.ts';

/** Dead letters for what can't be read and for what the CRM does not take, and for nothing else. */
export async function checkLetters(world: World, ended: readonly Ended[]): Promise<string[]> {
  const faults: string[] = [];
  const unreadable = world.log.partitions
    .flat()
    .filter(({ change }) => change === null)
    .map(({ place }) => decodeLetterId(place));
  const { items } = await world.store.raw.deadLetters.list({}, null, 10_000);
  const decode = new Set(items.filter(({ kind }) => kind === 'decode').map(({ id }) => id));
  for (const id of unreadable) {
    if (!decode.has(id)) faults.push(`no letter for what can't be read: ${id}`);
    if (!world.topic.told.has(id)) faults.push(`the topic lacks a decode letter: ${id}`);
  }
  if (decode.size > new Set(unreadable).size) faults.push('a decode letter for what can be read');
  const open = new Set<string>(
    items
      .filter(({ kind, status }) => kind === 'deliver' && ['open', 'parked'].includes(status))
      .map(({ id }) => id),
  );
  for (const { record, link } of ended) {
    const key = `${record.kind}/${record.entityId}`;
    if (link?.dead == null) continue;
    if (!items.some(({ id }) => id === link.dead?.id))
      faults.push(`${key} is dead without a letter: ${link.dead.code}`);
    if (!world.topic.told.has(link.dead.id)) faults.push(`the topic lacks the letter of ${key}`);
  }
  const dead = world.store.raw.database.prepare(
    "SELECT dead ->> '$.id' AS id FROM links WHERE dead IS NOT NULL",
  );
  for (const { id } of dead.all()) open.delete(String(id));
  for (const id of open) {
    const letter = items.find((item) => item.id === id);
    faults.push(`a letter is open and its link is not dead: ${JSON.stringify({ ...letter, fields: [] })}`);
  }
  return faults;
}
