import type { Scope } from '../../../domain/connection.ts';
import type { WorkHint } from '../../work-hints.port.ts';

/** What several hints come to: order and repetition say nothing. */
export interface WorkHintDigest {
  readonly scopes: readonly Scope[];
  readonly connectionIds: readonly string[];
}

const MOST_IN_ONE = 500;
const MOST_BYTES = 512 * 1_024;

/** Hints as messages of the work topic, in JSON; each names the process that it comes from. */
export function encodeHints(from: string, { scopes, connectionIds }: WorkHintDigest): Buffer[] {
  const messages: Buffer[] = [];
  const most = Math.max(scopes.length, connectionIds.length);
  for (let at = 0; at < most; at += MOST_IN_ONE) {
    const due = scopes.slice(at, at + MOST_IN_ONE);
    const connections = connectionIds.slice(at, at + MOST_IN_ONE);
    messages.push(Buffer.from(JSON.stringify({ from, due, connections }), 'utf8'));
  }
  return messages;
}

/** Reads a message of the work topic. None for one's own, and for what has another shape: hints may be lost. */
export function decodeHints(value: Uint8Array | null, ownId: string): WorkHint[] {
  if (value === null || value.length > MOST_BYTES) return [];
  const message = parse(value);
  if (typeof message?.['from'] !== 'string' || message['from'] === ownId) return [];
  const { due, connections } = message;
  if (!isListOf(due, isScope) || !isListOf(connections, isId)) return [];
  return [
    ...connections.map((connectionId): WorkHint => ({ kind: 'connection', connectionId })),
    ...(due.length === 0 ? [] : [{ kind: 'due', scopes: due } as const]),
  ];
}

function parse(value: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isListOf<T>(value: unknown, isOne: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.length <= MOST_IN_ONE && value.every(isOne);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,600}$/.test(value);
}

function isScope(value: unknown): value is Scope {
  return isId(value) && value.includes('.');
}
