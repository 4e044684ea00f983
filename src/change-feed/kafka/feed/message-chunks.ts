import type { KafkaMessage } from 'kafkajs';

export interface ChunkLimits {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Cuts a batch into runs that are handled and recorded one after another: at most so many messages and bytes, but always at
 * least one message. Pure; in order, nothing left out.
 */
export function messageChunks(messages: readonly KafkaMessage[], limits: ChunkLimits): KafkaMessage[][] {
  const chunks: KafkaMessage[][] = [];
  let chunk: KafkaMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = (message.key?.length ?? 0) + (message.value?.length ?? 0);
    if (chunk.length > 0 && (chunk.length >= limits.messages || bytes + size > limits.bytes)) {
      chunks.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(message);
    bytes += size;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}
