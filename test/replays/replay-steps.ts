import { DEAD_LETTER_STATUSES, type DeadLetter } from '../../src/domain/dead-letter.ts';
import type { DeadLetterFilter, Replay } from '../../src/domain/replay.ts';
import { contactBody, deadLetter } from '../support/builders.ts';
import { place, type CoreHarness } from '../support/core-harness.ts';

/** Contacts that the CRM refuses, each to its dead letter; it goes on refusing everything. */
export async function refuseContacts(core: CoreHarness, ids: readonly string[]): Promise<void> {
  core.crm.rejects = () => true;
  for (const id of ids) await core.upsert(id, contactBody({ emails: [`${id}@example.test`] }));
  await core.converge();
}

/** Letters of every status, unless asked otherwise. */
export async function lettersOf(
  core: CoreHarness,
  filter: DeadLetterFilter = {},
): Promise<readonly DeadLetter[]> {
  const every = { statuses: DEAD_LETTER_STATUSES, ...filter };
  return (await core.store.deadLetters.list(every, null, 200)).items;
}

/** Lets time pass until the replay ended; calls `look` as often as anything could have changed. */
export async function untilReplayed(
  core: CoreHarness,
  replayId: string,
  look: (progress: Replay) => void = () => undefined,
): Promise<Replay> {
  for (let passed = 0; passed < 120_000; passed += 50) {
    await core.clock.advance(50);
    const replay = await core.replays.progress(replayId);
    if (replay === null) throw new Error('no such replay');
    look(replay);
    if (replay.finishedAt !== null) return replay;
  }
  throw new Error('the replay did not end');
}

export async function replayToEnd(core: CoreHarness, filter: DeadLetterFilter = {}): Promise<Replay> {
  const { replayId } = await core.replays.plan(filter, 'operator-1');
  await core.replays.begin(replayId);
  return await untilReplayed(core, replayId);
}

/** A letter about an event at this offset that could not be read. */
export function unreadable(offset: number): DeadLetter {
  return deadLetter({ source: place(offset), value: new TextEncoder().encode(`event ${offset}`) });
}
