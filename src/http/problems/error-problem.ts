import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import type { InputFault } from '../../integrations/integration-failure.ts';
import { StoreUnavailable } from '../../state-store/state-store.port.ts';
import { type Problem, TOO_LARGE_BODY } from './problem.ts';

const MOST_FAULTS = 20;
const LONGEST_NAME = 100;

/** What an exception is for whoever called; null for a surprise, which is nobody's business but ours. */
export function errorProblem(error: unknown): Problem | null {
  if (error instanceof StoreUnavailable) {
    return {
      code: 'NOT_READY',
      status: 503,
      detail: 'The service cannot reach its store at the moment.',
      reason: 'store_unreachable',
      retryable: true,
      retryAfterSeconds: 5,
    };
  }
  if (!isFrameworkError(error)) return null;
  if (error.validation !== undefined) return validationProblem(error.validation, error.validationContext);
  switch (error.statusCode) {
    case 413:
      return TOO_LARGE_BODY;
    case 415:
      return {
        code: 'VALIDATION_FAILED',
        status: 415,
        detail: 'The body must be JSON, sent as application/json.',
        reason: 'unsupported_media_type',
      };
    case 429:
      return { code: 'RATE_LIMITED', status: 429, detail: 'Wait before the next request.', retryable: true };
    default:
      return isClientFault(error.statusCode)
        ? {
            code: 'VALIDATION_FAILED',
            status: error.statusCode,
            detail: 'The request could not be read.',
            reason: 'unreadable',
          }
        : null;
  }
}

function isFrameworkError(error: unknown): error is FastifyError {
  return error instanceof Error && ('statusCode' in error || 'validation' in error);
}

function isClientFault(status: number | undefined): status is number {
  return status !== undefined && status >= 400 && status < 500;
}

function validationProblem(faults: FastifySchemaValidationError[], context: string | undefined): Problem {
  const prefix =
    context === undefined || context === 'body' ? '' : `/${context.replace('querystring', 'query')}`;
  return {
    code: 'VALIDATION_FAILED',
    status: 400,
    detail: 'Some of what was sent is not as it has to be.',
    errors: faults.slice(0, MOST_FAULTS).map((fault) => inputFault(fault, prefix)),
  };
}

const FAULT_CODES: Readonly<Record<string, string>> = {
  additionalProperties: 'UNKNOWN_FIELD',
  required: 'REQUIRED',
  type: 'WRONG_TYPE',
  enum: 'NOT_ONE_OF',
  const: 'NOT_ONE_OF',
  anyOf: 'NOT_ONE_OF',
  minProperties: 'EMPTY',
};

function inputFault(
  { keyword, instancePath, params, message }: FastifySchemaValidationError,
  prefix: string,
): InputFault {
  const { missingProperty, additionalProperty } = params;
  const name = keyword === 'required' ? missingProperty : additionalProperty;
  const member = typeof name === 'string' ? `/${pointerPart(name)}` : '';
  return {
    pointer: `${prefix}${instancePath}${member}`,
    code: FAULT_CODES[keyword] ?? 'INVALID',
    detail: message ?? 'is not valid',
  };
}

function pointerPart(name: string): string {
  return name.slice(0, LONGEST_NAME).replaceAll('~', '~0').replaceAll('/', '~1');
}
