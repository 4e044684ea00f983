/** One frame of a server-sent event stream. */
export interface EventFrame {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Reads the frames of a server-sent event stream as they arrive; comments and frames without data are left out. */
export async function* eventFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<EventFrame> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const frame = readFrame(block);
      if (frame !== null) yield frame;
    }
  }
}

function readFrame(block: string): EventFrame | null {
  let id: string | null = null;
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'id') id = value;
    else if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
  }
  return data.length === 0 ? null : { id, event, data: data.join('\n') };
}
