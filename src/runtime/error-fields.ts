import type { LogFields } from './log-fields.ts';
import { scrub } from './scrub.ts';

const LONGEST_MESSAGE = 500;
const LONGEST_STACK = 4_000;

/**
 * What may be logged of anything that was thrown: its name, code and scrubbed message, the same of its cause in
 * short, and the stack, which the logger shows at level debug only. Other properties of an error (a request, a
 * response, a configuration) are never looked at.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error))
    return { errorName: typeof error, errorMessage: scrub(String(error), LONGEST_MESSAGE) };
  const cause = error instanceof AggregateError ? (error.errors as unknown[])[0] : error.cause;
  return {
    errorName: error.name,
    ...withCode(codeOf(error) ?? codeOf(cause)),
    errorMessage: scrub(error.message, LONGEST_MESSAGE),
    ...(cause instanceof Error
      ? { errorCause: scrub(`${cause.name}: ${cause.message}`, LONGEST_MESSAGE) }
      : {}),
    ...(error.stack === undefined ? {} : { errorStack: scrub(error.stack, LONGEST_STACK) }),
  };
}

function withCode(code: string | null): LogFields {
  return code === null ? {} : { errorCode: code };
}

function codeOf(error: unknown): string | null {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? scrub(String(code), 80) : null;
}
