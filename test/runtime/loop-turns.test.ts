import { describe, expect, it } from '@jest/globals';
import {
  createLoopTurns,
  pieceOfWork,
  TURN_MS,
  workFor,
  type LoopTurns,
} from '../../src/runtime/loop-turns.ts';

/** A loop whose time passes by work alone, and whose turns end when it is told so. */
function createLoop() {
  let at = 0;
  let next: (() => void)[] = [];
  const done: string[] = [];
  const turns = createLoopTurns({ now: () => at, nextTurn: (run) => void next.push(run) });
  return {
    turns,
    done,
    work: (ms: number) => void (at += ms),
    /** What somebody does, piece by piece; each takes so long. */
    async pieces(whom: string, count: number, ms: number): Promise<void> {
      await workFor(whom, async () => {
        for (let piece = 0; piece < count; piece += 1) {
          const turn = turns.take();
          if (turn !== null) await turn;
          at += ms;
          done.push(whom);
        }
      });
    },
    /** Lets all run that is ready, then ends the turn; answers how long it was. */
    async turn(): Promise<number> {
      const before = at;
      await new Promise((resolve) => setImmediate(resolve));
      const ended = next;
      next = [];
      for (const run of ended) run();
      return at - before;
    },
  };
}

async function turnsUntil(loop: ReturnType<typeof createLoop>, done: Promise<unknown>): Promise<number[]> {
  let over = false;
  void done.then(() => (over = true));
  const lengths: number[] = [];
  for (let turn = 0; turn < 10_000; turn += 1) {
    lengths.push(await loop.turn());
    if (over) return lengths;
  }
  throw new Error('it never ended');
}

describe('turns of the event loop', () => {
  it('let everybody through at once while there is time', async () => {
    const loop = createLoop();
    await loop.pieces('ada', 10, TURN_MS / 20);
    expect(loop.done).toHaveLength(10);
  });

  it('are never longer than they are to be, and one piece', async () => {
    const loop = createLoop();
    const all = Promise.all(['ada', 'ben', 'cleo'].map((whom) => loop.pieces(whom, 200, 2)));
    const lengths = await turnsUntil(loop, all);
    expect(loop.done).toHaveLength(600);
    // What was asked for while the turn was young had begun.
    expect(Math.max(...lengths)).toBeLessThanOrEqual(TURN_MS + 3 * 2);
    expect(lengths.length).toBeGreaterThan(100);
  });

  it('take many short pieces together', async () => {
    const loop = createLoop();
    const all = Promise.all(
      Array.from({ length: 500 }, (_, at) => loop.pieces(`user-${String(at)}`, 2, 0.1)),
    );
    const lengths = await turnsUntil(loop, all);
    expect(lengths.length).toBeLessThan(60);
  });

  it('go first to who had least, however many of the others wait', async () => {
    const loop = createLoop();
    const greedy = Promise.all(
      Array.from({ length: 120 }, (_, at) => loop.pieces(`greedy-${String(at % 12)}`, 10, 4)),
    );
    for (let turn = 0; turn < 30; turn += 1) await loop.turn();
    const before = loop.done.length;
    const lengths = await turnsUntil(loop, loop.pieces('ada', 5, 1));
    // A piece of one of the others may be under way at each of hers.
    expect(loop.done.slice(before).filter((whom) => whom !== 'ada').length).toBeLessThanOrEqual(10);
    expect(lengths.length).toBeLessThanOrEqual(10);
    await turnsUntil(loop, greedy);
  });

  it('come to who had most as well', async () => {
    const loop = createLoop();
    loop.work(1);
    await turnsUntil(loop, loop.pieces('greedy', 50, 20));
    const others = Array.from({ length: 8 }, (_, at) => loop.pieces(`user-${String(at)}`, 500, 4));
    await turnsUntil(loop, loop.pieces('greedy', 3, 1));
    expect(loop.done.filter((whom) => whom.startsWith('user')).length).toBeLessThan(2_000);
    await turnsUntil(loop, Promise.all(others));
  });

  /** One of many pieces of work of one user, each of so many steps, between which nothing else is waited for. */
  const piece = (
    { turns, work, done }: ReturnType<typeof createLoop>,
    name: string,
    isAwaited: boolean,
    steps = 15,
  ) =>
    workFor('ada', () =>
      pieceOfWork(isAwaited, async () => {
        for (let step = 0; step < steps; step += 1) {
          const turn = turns.take();
          if (turn !== null) await turn;
          work(0.5);
          done.push(name);
        }
      }),
    );

  it('bring one piece of work to its end before later ones of the same user', async () => {
    const loop = createLoop();
    const pieces = Array.from({ length: 24 }, async (_, at) => {
      // Begun one after the other, as they are claimed.
      loop.work(0.01);
      await piece(loop, `piece-${String(at)}`, false);
      return loop.done.length;
    });
    await turnsUntil(loop, Promise.all(pieces));
    const ends = await Promise.all(pieces);
    // Whoever takes turns step by step ends them all at the very end.
    expect(ends[0]).toBeLessThan(60);
    expect(ends[11]).toBeLessThan(220);
  });

  it('let what is awaited go before the backlog of the same user', async () => {
    const loop = createLoop();
    const backlog = Promise.all(
      Array.from({ length: 200 }, (_, at) => piece(loop, `old-${String(at)}`, false)),
    );
    await loop.turn();
    await loop.turn();
    const before = loop.done.length;
    const lengths = await turnsUntil(loop, piece(loop, 'live', true));
    // What the turn in which it came was filled with, and nothing after that.
    expect(loop.done.slice(before).filter((name) => name !== 'live').length).toBeLessThanOrEqual(10);
    expect(lengths.length).toBeLessThanOrEqual(3);
    await turnsUntil(loop, backlog);
  });

  it('come to a backlog also where something awaited comes all the time', async () => {
    const loop = createLoop();
    const old = piece(loop, 'old', false, 3);
    const all = Array.from({ length: 600 }, () => piece(loop, 'live', true, 20));
    const more = Promise.all(all);
    let left = Number.POSITIVE_INFINITY;
    void old.then(() => (left = loop.done.filter((name) => name === 'live').length));
    for (let turn = 0; turn < 3_000 && left === Number.POSITIVE_INFINITY; turn += 1) {
      await loop.turn();
      // A new one in each turn, for ever.
      void piece(loop, 'live', true, 10);
    }
    expect(left * 0.5).toBeLessThan(8_000);
    await turnsUntil(loop, more);
  });

  it('tell their end once, before whoever waits has the next one', async () => {
    const loop = createLoop();
    const told: number[] = [];
    const all = loop.pieces('ada', 40, 1);
    loop.turns.atEnd(() => told.push(loop.done.length));
    await loop.turn();
    expect(told).toEqual([TURN_MS]);
    loop.turns.atEnd(() => told.push(loop.done.length));
    await loop.turn();
    // The turn was filled within the same one of the loop.
    expect(told).toHaveLength(2);
    await turnsUntil(loop, all);
    expect(told).toHaveLength(2);
  });

  it('keep the order of what one of them asks', async () => {
    const loop = createLoop();
    const order: number[] = [];
    const ask = async (turns: LoopTurns, at: number): Promise<void> => {
      const turn = turns.take();
      if (turn !== null) await turn;
      loop.work(3);
      order.push(at);
    };
    const asked = workFor('ada', () => Promise.all([0, 1, 2, 3, 4, 5].map((at) => ask(loop.turns, at))));
    await turnsUntil(loop, asked);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
