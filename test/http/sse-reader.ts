/** One frame of a server-sent event stream, or a comment. */
export interface SseFrame {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: Record<string, unknown> | null;
  readonly comment: string | null;
}

export interface SseReader {
  readonly response: Response;
  /** The next frame with an event; null when the stream has ended. */
  next(): Promise<SseFrame | null>;
  close(): Promise<void>;
}

/** Opens a stream and reads its frames one by one. */
export async function openSse(url: string, headers: Record<string, string>): Promise<SseReader> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  const nextBlock = async (): Promise<string | null> => {
    for (;;) {
      const end = buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        return block;
      }
      const piece = await reader?.read();
      if (piece === undefined || piece.done) return null;
      buffer += piece.value;
    }
  };
  return {
    response,
    async next() {
      for (;;) {
        const block = await nextBlock();
        if (block === null) return null;
        const frame = parseBlock(block);
        if (frame.event !== null) return frame;
      }
    },
    async close() {
      await reader?.cancel().catch(() => undefined);
      abort.abort();
    },
  };
}

function parseBlock(block: string): SseFrame {
  const field = (name: string) => {
    const line = block.split('\n').find((one) => one.startsWith(`${name}:`));
    return line === undefined ? null : line.slice(name.length + 1).trim();
  };
  const data = field('data');
  return {
    id: field('id'),
    event: field('event'),
    data: data === null ? null : (JSON.parse(data) as Record<string, unknown>),
    comment: field(''),
  };
}
