import type { Json } from '../../../domain/json.ts';

/** An answer before it is sent. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export function jsonReply(
  status: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    text: JSON.stringify(body),
  };
}

export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, headers, text: '' };
}

/** What the sandbox itself says of a failure: the controls, and a defect. */
export function errorReply(status: number, message: string): HttpReply {
  return jsonReply(status, { message });
}

/** The headers of a reply that is sent whole, with its length; 204 must not declare one. */
export function wholeHeaders({ status, headers, text }: HttpReply): Record<string, string> {
  const sent = { ...headers };
  if (status !== 204) sent['content-length'] = String(Buffer.byteLength(text));
  return sent;
}
