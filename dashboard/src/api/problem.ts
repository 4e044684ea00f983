export interface FieldProblem {
  /** JSON pointer into the body that was sent. */
  readonly pointer: string;
  readonly detail: string;
}

/** Why a request did not succeed: the service's own words, or that it could not be asked. */
export interface Problem {
  /** The answer's status; 0 when there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly reason: string | null;
  /** A sentence for people. */
  readonly detail: string;
  /** A page that says what it means and what to do; null where there is none. */
  readonly page: string | null;
  readonly errors: readonly FieldProblem[];
  /** A full sync that waits and goes on by itself. */
  readonly runId: string | null;
}

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

const PLAIN = { reason: null, page: null, errors: [], runId: null } as const;

/** No answer came: the service is down or this device is offline. */
export const UNREACHABLE: Problem = {
  ...PLAIN,
  status: 0,
  code: 'UNREACHABLE',
  detail: 'Zena CRM Sync can’t be reached right now.',
};

/** Reads a problem+json body; anything else, a proxy's error page say, becomes a plain sentence. */
export function readProblem(status: number, body: unknown): Problem {
  if (!isObject(body) || typeof body['code'] !== 'string') {
    return { ...PLAIN, status, code: 'UNEXPECTED', detail: `The service answered unexpectedly (${status}).` };
  }
  const text = (name: string): string | null => (typeof body[name] === 'string' ? body[name] : null);
  const type = text('type');
  return {
    status,
    code: body['code'],
    reason: text('reason'),
    detail: text('detail') ?? text('title') ?? 'That didn’t work.',
    // Only a page of this very service is worth a link.
    page: type?.startsWith('/problems/') === true ? type : null,
    errors: Array.isArray(body['errors']) ? body['errors'].filter(isFieldProblem) : [],
    runId: text('runId'),
  };
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return isObject(value) && typeof value['pointer'] === 'string' && typeof value['detail'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
