import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT, type ExitCode } from '../terminal/exit-code.ts';
import type { ApiAnswer } from './api-answer.ts';

interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly type: string | null;
  readonly errors: readonly string[];
}

/** Turns an answer that is no success into the failure of a command. */
export function problemFailure(
  base: string,
  answer: Pick<ApiAnswer, 'status' | 'body' | 'headers'>,
  withToken: boolean,
): CommandFailure {
  const problem = readProblem(answer.body);
  if (problem === null) {
    return new CommandFailure(
      EXIT.unreachable,
      `What answers at ${base} is not this service (status ${answer.status})`,
      'Is ZENA_CRM_URL its address?',
    );
  }
  const { code, detail, type, errors } = problem;
  const places = errors.length === 0 ? '' : ` (${errors.join('; ')})`;
  const page = type === null ? null : `${base}${type}`;
  const remedy = remedyFor(answer, withToken);
  return new CommandFailure(
    exitCodeOf(answer.status),
    `${code}: ${detail}${places}`,
    [remedy, page === null ? null : `More: ${page}`].filter((part) => part !== null).join(' ') || null,
  );
}

function remedyFor(
  { status, headers }: Pick<ApiAnswer, 'status' | 'headers'>,
  withToken: boolean,
): string | null {
  if (status === 401) {
    return withToken
      ? 'The token in ZENA_CRM_TOKEN is not accepted: it may be over, or made with another secret.'
      : 'Set ZENA_CRM_TOKEN; zena-crm token --user ID makes one.';
  }
  if (status === 403) return 'The token lacks a scope for this.';
  const wait = headers.get('retry-after');
  return wait === null ? null : `Try again after ${wait} s.`;
}

function exitCodeOf(status: number): ExitCode {
  if (status === 503) return EXIT.unreachable;
  return status >= 400 && status < 500 ? EXIT.refused : EXIT.failed;
}

function readProblem(body: unknown): ProblemBody | null {
  if (typeof body !== 'object' || body === null || !('code' in body) || !('detail' in body)) return null;
  const { code, detail } = body;
  if (typeof code !== 'string' || typeof detail !== 'string') return null;
  const type =
    'type' in body && typeof body.type === 'string' && body.type.startsWith('/') ? body.type : null;
  return { code, detail, type, errors: 'errors' in body ? readErrors(body.errors) : [] };
}

const MOST_ERRORS = 5;

function readErrors(errors: unknown): string[] {
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, MOST_ERRORS).flatMap((error: unknown) => {
    if (typeof error !== 'object' || error === null || !('pointer' in error) || !('detail' in error))
      return [];
    return [`${String(error.pointer)}: ${String(error.detail)}`];
  });
}
