import { describe, expect, it } from '@jest/globals';
import { createByteRoom } from '../../src/delivering/byte-room.ts';

const LIGHT = 65_536;
const MOST = 1_000_000;

/** Notes who was admitted, and how to give back what they took. */
function room() {
  const { take } = createByteRoom(MOST);
  const admitted = new Map<string, () => void>();
  return {
    admitted,
    async ask(name: string, bytes: number) {
      void Promise.resolve(take(bytes)).then((giveBack) => admitted.set(name, giveBack));
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
    async giveBack(name: string) {
      admitted.get(name)?.();
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
    names: () => [...admitted.keys()],
  };
}

describe('the room for what deliveries hold at once', () => {
  it('lets in what fits, and the rest in the order of asking as room comes free', async () => {
    const { ask, giveBack, names } = room();
    await ask('a', 600_000);
    await ask('b', 400_000);
    await ask('c', 500_000);
    await ask('d', 100_000);
    expect(names()).toEqual(['a', 'b']);
    await giveBack('b');
    // Nobody overtakes: else what is large would wait for ever.
    expect(names()).toEqual(['a', 'b']);
    await giveBack('a');
    expect(names()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives what is larger than all of it the room alone', async () => {
    const { ask, giveBack, names } = room();
    await ask('small', 100_000);
    await ask('huge', 5 * MOST);
    expect(names()).toEqual(['small']);
    await giveBack('small');
    await ask('after', 100_000);
    expect(names()).toEqual(['small', 'huge']);
    await giveBack('huge');
    expect(names()).toEqual(['small', 'huge', 'after']);
  });

  it('makes an ordinary record wait for nobody, and counts what is given back twice once', async () => {
    const { ask, giveBack, names } = room();
    await ask('huge', 5 * MOST);
    await ask('ordinary', LIGHT);
    expect(names()).toEqual(['huge', 'ordinary']);
    await giveBack('huge');
    await giveBack('huge');
    await ask('a', MOST);
    await ask('b', LIGHT + 1);
    expect(names()).toEqual(['huge', 'ordinary', 'a']);
  });
});
