import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventFrames } from '../../src/demo/event-frames.ts';

const STREAM =
  'retry: 2000\n\n: still here\n\nid: 1\nevent: change\ndata: {"a":"é"}\n\ndata: x\ndata: y\n\nid: 9\ndata: cut';

async function read(pieces: readonly Uint8Array[]) {
  async function* chunks() {
    yield* pieces;
  }
  const frames = [];
  for await (const frame of eventFrames(chunks())) frames.push(frame);
  return frames;
}

it('reads whole frames, however the stream is cut into pieces', async () => {
  const bytes = new TextEncoder().encode(STREAM);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
      expect(await read(pieces)).toEqual([
        { id: '1', event: 'change', data: '{"a":"é"}' },
        { id: null, event: 'message', data: 'x\ny' },
      ]);
    }),
  );
});
