import type { ServerResponse } from 'node:http';
import type { Json } from '../../../domain/json.ts';
import type { FieldError } from '../../mri-vault/field-checks.ts';

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

/** The vendor-style error object. */
export function errorReply(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return jsonReply(status, { message }, headers);
}

export function invalidReply(errors: readonly FieldError[]): HttpReply {
  return jsonReply(400, {
    message: 'The request is not valid.',
    errors: errors.map((error) => ({ ...error })),
  });
}

/** Sends it whole, with its length. A caller who has left is no failure. */
export function sendReply(response: ServerResponse, reply: HttpReply): void {
  if (response.destroyed || response.headersSent) return;
  // 204 must not declare a length.
  const length = reply.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(reply.text)) };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  response.end(reply.text);
}
