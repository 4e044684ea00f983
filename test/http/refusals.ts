import { expect } from '@jest/globals';
import { PROBLEM_CODES } from '../../src/http/problems/problem.ts';

/** An answer, however it was got. */
export interface Refusal {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

const MEMBERS = new Set([
  ...['type', 'title', 'status', 'detail', 'code', 'reason', 'requestId', 'retryable'],
  ...['providerStatus', 'runId', 'errors'],
]);
/** Words of what is behind the API. */
const INSIDE =
  /\bat [\w.<]+ \(|\.ts\b|\.js\b|node:|node_modules|sqlite|mongo|fastify|ajv|undici|TypeError|SyntaxError|RangeError|FST_ERR|HPE_|\bJSON at position|Unexpected token|Invalid URL/i;

/** That an answer is a refusal as it has to be: a problem of a known code, with nothing of what is inside. */
export function expectRefusal(
  what: string,
  { status, type, text }: Refusal,
  statuses: readonly number[],
): void {
  expect({ what, status }).toEqual({ what, status: statuses.includes(status) ? status : statuses });
  expect({ what, type }).toEqual({ what, type: 'application/problem+json' });
  const problem = JSON.parse(text) as Record<string, unknown>;
  expect({ what, code: PROBLEM_CODES.some((code) => code === problem['code']) }).toEqual({
    what,
    code: true,
  });
  expect({ what, extra: Object.keys(problem).filter((name) => !MEMBERS.has(name)) }).toEqual({
    what,
    extra: [],
  });
  expect({ what, inside: INSIDE.exec(text)?.[0] ?? null }).toEqual({ what, inside: null });
}
