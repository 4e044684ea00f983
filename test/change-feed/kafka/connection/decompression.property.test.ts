import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decompressLz4Frame } from '../../../../src/change-feed/kafka/connection/lz4-frame.ts';
import { decompressSnappy } from '../../../../src/change-feed/kafka/connection/snappy.ts';

const LIMIT = 100_000;
const lz4Header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
const lz4Block = (block: Buffer) => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([lz4Header, size, block, Buffer.alloc(4)]);
};

describe('Decompression', () => {
  it.each([
    ['Snappy', decompressSnappy],
    ['LZ4', decompressLz4Frame],
  ])('of any bytes as %s gives bytes within the limit, or a RangeError', (_, decompress) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const input of [Buffer.from(bytes), lz4Block(Buffer.from(bytes))]) {
          try {
            expect(decompress(input, LIMIT).length).toBeLessThanOrEqual(LIMIT);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads literals and overlapping copies of Snappy', () => {
    const block = Buffer.from([11, 0x08, 0x61, 0x62, 0x63, 0x11, 0x03]);
    expect(decompressSnappy(block, LIMIT).toString()).toBe('abcabcabcab');
    const framed = Buffer.concat([
      Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
      ...[block, block].flatMap((each) => [Buffer.from([0, 0, 0, each.length]), each]),
    ]);
    expect(decompressSnappy(framed, LIMIT).toString()).toBe('abcabcabcababcabcabcab');
  });

  it('reads literals and overlapping matches of LZ4', () => {
    const block = Buffer.from([0x34, 0x61, 0x62, 0x63, 0x03, 0x00, 0x10, 0x21]);
    expect(decompressLz4Frame(lz4Block(block), LIMIT).toString()).toBe('abcabcabcab!');
  });

  it('refuses a batch that grows beyond the limit before it has grown', () => {
    const zeros = Buffer.from([0x1f, 0x00, 0x01, 0x00, ...Array<number>(2_000).fill(0xff), 0x00, 0x00]);
    expect(() => decompressLz4Frame(lz4Block(zeros), LIMIT)).toThrow('limit');
    expect(() => decompressSnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), LIMIT)).toThrow('limit');
  });
});
