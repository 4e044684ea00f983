import type { IncomingMessage } from 'node:http';
import type { Json } from '../../../domain/json.ts';

export const MAX_BODY_BYTES = 1024 * 1024;

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'malformed'; readonly text: string }
  | { readonly kind: 'too-large' }
  /** The caller left before the body was complete. */
  | { readonly kind: 'aborted' };

function parse(text: string): RequestBody {
  if (text === '') return { kind: 'none' };
  try {
    return { kind: 'json', value: JSON.parse(text) as Json };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'malformed', text };
    throw error;
  }
}

/**
 * Reads the whole body. What goes beyond the cap is read and dropped, since an answer in the middle of an upload reaches
 * few clients.
 */
export function readBody(request: IncomingMessage): Promise<RequestBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on('end', () => {
      if (bytes > MAX_BODY_BYTES) resolve({ kind: 'too-large' });
      else resolve(parse(Buffer.concat(chunks).toString('utf8')));
    });
    request.on('close', () => resolve({ kind: 'aborted' }));
    request.on('error', () => resolve({ kind: 'aborted' }));
  });
}
