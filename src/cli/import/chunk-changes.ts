import { Buffer } from 'node:buffer';
import type { FileChange } from './read-changes.ts';

/** What one request takes at most. */
export interface ChunkLimits {
  readonly changes: number;
  readonly bytes: number;
}

export const API_LIMITS: ChunkLimits = { changes: 1_000, bytes: 5 * 1_024 * 1_024 };

/** Changes that fit into one request, with its body. */
export interface ChangeChunk {
  readonly changes: readonly FileChange[];
  /** A JSON array. */
  readonly body: string;
}

/** Whether a change fits into a request at all. */
export function fitsAlone({ text }: FileChange, { bytes }: ChunkLimits): boolean {
  return Buffer.byteLength(text) + 2 <= bytes;
}

/** Packs changes, in their order, into as few requests as the limits allow. Each must fit alone. */
export async function* chunkChanges(
  changes: AsyncIterable<FileChange>,
  limits: ChunkLimits,
): AsyncGenerator<ChangeChunk> {
  let chunk: FileChange[] = [];
  let bytes = 2;
  for await (const change of changes) {
    const size = Buffer.byteLength(change.text) + 1;
    if (chunk.length > 0 && (chunk.length === limits.changes || bytes + size - 1 > limits.bytes)) {
      yield chunkOf(chunk);
      [chunk, bytes] = [[], 2];
    }
    chunk.push(change);
    bytes += size;
  }
  if (chunk.length > 0) yield chunkOf(chunk);
}

function chunkOf(changes: readonly FileChange[]): ChangeChunk {
  return { changes, body: `[${changes.map(({ text }) => text).join(',')}]` };
}
