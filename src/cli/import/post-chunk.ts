import type { ApiAnswer } from '../../client/api-answer.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { problemFailure } from '../../client/problem-failure.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ChangeChunk } from './chunk-changes.ts';

export interface Rejection {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

export interface ChunkResult {
  readonly accepted: number;
  /** Null where the service's feed doesn't tell. */
  readonly stale: number | null;
  readonly rejected: readonly Rejection[];
}

const TRIES = 6;
const DEADLINE_MS = 90_000;
const LONGEST_WAIT_SECONDS = 60;

/**
 * Sends one chunk; while the service asks to wait, it is sent again, which is harmless: versions make a repetition stale.
 * Throws `CommandFailure` for everything but taken or rejected changes.
 */
export async function postChunk(
  client: ApiClient,
  chunk: ChangeChunk,
  { clock, stop }: { readonly clock: Pick<Clock, 'sleep'>; readonly stop: AbortSignal },
): Promise<ChunkResult> {
  for (let attempt = 1; ; attempt++) {
    const answer = await client.send({
      method: 'POST',
      path: '/api/changes',
      body: chunk.body,
      deadlineMs: DEADLINE_MS,
    });
    const result = readResult(answer, chunk);
    if (result !== null) return result;
    const busy = answer.status === 429 || answer.status === 503;
    if (!busy || attempt === TRIES) throw problemFailure(client.url, answer, true);
    await clock.sleep(waitSeconds(answer, attempt) * 1_000, stop);
  }
}

function waitSeconds({ headers }: ApiAnswer, attempt: number): number {
  const asked = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(asked) && asked >= 0 ? Math.min(asked, LONGEST_WAIT_SECONDS) : attempt;
}

/** Null where the answer is neither 202 nor says that all were rejected. */
function readResult({ status, body }: ApiAnswer, chunk: ChangeChunk): ChunkResult | null {
  if (typeof body !== 'object' || body === null) return null;
  const answer = body as Readonly<Record<string, unknown>>;
  if (status === 422 && answer['reason'] === 'all_rejected') {
    const rejected = items(answer['errors']).map(({ pointer, code, detail }) =>
      rejection(chunk, Number(/^\/(\d+)/.exec(String(pointer))?.[1]), code, placed(pointer, detail)),
    );
    return { accepted: 0, stale: 0, rejected };
  }
  if (status !== 202) return null;
  const { accepted, stale } = answer;
  return {
    accepted: typeof accepted === 'number' ? accepted : 0,
    stale: typeof stale === 'number' ? stale : null,
    rejected: items(answer['rejected']).map(({ index, code, message }) =>
      rejection(chunk, Number(index), code, message),
    ),
  };
}

function items(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? (list as readonly Readonly<Record<string, unknown>>[]) : [];
}

function placed(pointer: unknown, detail: unknown): string {
  const place = String(pointer).replace(/^\/\d+/, '');
  return `${place === '' ? '/' : place}: ${String(detail)}`;
}

function rejection(chunk: ChangeChunk, index: number, code: unknown, message: unknown): Rejection {
  return { line: chunk.changes[index]?.line ?? 0, code: String(code), message: String(message) };
}
