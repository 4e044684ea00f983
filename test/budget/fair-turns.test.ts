import { describe, expect, it } from '@jest/globals';
import { createWaitingLine, type CallPriority } from '../../src/budget/waiting-line.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const DEPARTURE = { approach: async () => undefined, depart: async () => undefined };
const TURN = { priority: 9, chosenAfter: Number.POSITIVE_INFINITY };

function waitingLine() {
  const called: string[] = [];
  const line = createWaitingLine({
    clock: createVirtualClock(),
    pauseEnd: () => Number.NEGATIVE_INFINITY,
    onJoined: () => undefined,
    onGaveUp: () => undefined,
  });
  const sharers = { big: {}, small: {}, third: {} };
  const join = (whose: keyof typeof sharers, count: number, priority: CallPriority = 'sync'): void => {
    for (let call = 0; call < count; call += 1) {
      const act = async (): Promise<void> => void called.push(whose);
      void line.join(priority, act, 60_000, undefined, sharers[whose]);
    }
  };
  const serve = async (turns: number): Promise<string[]> => {
    called.length = 0;
    for (let turn = 0; turn < turns; turn += 1) await line.take(TURN)?.run(DEPARTURE);
    return [...called];
  };
  return { join, serve };
}

describe('connections that share a budget', () => {
  it('have turns in turn, however many calls one of them has', async () => {
    const { join, serve } = waitingLine();
    join('big', 100);
    join('small', 3);
    expect(await serve(6)).toEqual(['big', 'small', 'big', 'small', 'big', 'small']);
    expect(await serve(3)).toEqual(['big', 'big', 'big']);
  });

  it('begin level with those who wait already', async () => {
    const { join, serve } = waitingLine();
    join('big', 100);
    join('third', 100);
    await serve(20);
    join('small', 4);
    const served = await serve(12);
    expect(served.filter((whose) => whose === 'small')).toHaveLength(4);
    expect(served.filter((whose) => whose === 'big')).toHaveLength(4);
  });

  it('let what is more urgent go first, whoever it is of', async () => {
    const { join, serve } = waitingLine();
    join('small', 1);
    join('big', 2, 'live');
    expect(await serve(3)).toEqual(['big', 'big', 'small']);
  });
});
