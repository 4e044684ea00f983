import { setImmediate } from 'node:timers/promises';
import type { SqliteSession } from '../session/sqlite-session.ts';

/** Ids that lie after one and up to another. */
export interface LinkStretch {
  readonly after: string;
  readonly upTo: string;
}

const END = `
  SELECT max(id) AS last FROM (
    SELECT id FROM links WHERE id > :after AND id < :to ORDER BY id LIMIT +:most
  )`;

/** The links between two ids in stretches of so many, in order. Whoever goes along them yields to the event loop after each. */
export async function* linkStretches(
  { peek, prepare }: SqliteSession,
  { from, to }: { readonly from: string; readonly to: string },
  most: number,
): AsyncGenerator<LinkStretch> {
  for (let after = from; ;) {
    const start = after;
    const last = await peek(() => prepare(END).get({ after: start, to, most })?.['last'] ?? null);
    if (typeof last !== 'string') return;
    yield { after, upTo: last };
    after = last;
    await setImmediate();
  }
}

/** Lets one piece of work at a time take a turn of the event loop, whoever asks: many together hold it up no longer than one. */
export function createLoopTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const turn = before.then(work);
    before = turn.then(
      () => setImmediate(),
      () => setImmediate(),
    );
    return await turn;
  };
}
