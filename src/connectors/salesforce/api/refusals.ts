import type { Json } from '../../../domain/json.ts';
import type { Failure, FieldError } from '../../../domain/outcome.ts';
import { CONCURRENCY_PAUSE_MS, DAY_PAUSE_MS } from './assumed.ts';
import { idIn, isObject, objectsIn, textIn } from './wire.ts';

/** What Salesforce says of one thing that it didn't do, whatever kind of answer it stands in. */
export interface SalesforceError {
  readonly code: string;
  readonly message: string;
  readonly fields: readonly string[];
  /** Records that a duplicate rule takes for the same; and what the rule is called. */
  readonly duplicates: readonly string[];
  readonly rule: string;
}

const LONGEST_MESSAGE = 500;

/** The errors of an answer, or of an item of a collection (`statusCode` in place of `errorCode`). */
export function errorsIn(body: Json): readonly SalesforceError[] {
  return objectsIn(Array.isArray(body) ? body : isObject(body) ? (body['errors'] ?? []) : []).flatMap(
    (error) => {
      const code = textIn(error, 'errorCode') || textIn(error, 'statusCode');
      if (code === '') return [];
      const { fields, duplicateResult = null } = error;
      const named = Array.isArray(fields)
        ? (fields as readonly Json[]).filter((name) => typeof name === 'string')
        : [];
      return [
        {
          code,
          message: textIn(error, 'message').slice(0, LONGEST_MESSAGE),
          fields: named,
          duplicates: matchedIn(duplicateResult),
          rule: textIn(duplicateResult, 'duplicateRule'),
        },
      ];
    },
  );
}

function matchedIn(result: Json): readonly string[] {
  const matches = isObject(result) ? objectsIn(result['matchResults']) : [];
  return matches
    .flatMap((match) => objectsIn(match['matchRecords']))
    .flatMap(({ record = null }) => idIn(record) ?? []);
}

/** Wrapped in another error where a trigger or a flow ran into it. */
const LOCKED = /UNABLE_TO_LOCK_ROW/;
const GONE: ReadonlySet<string> = new Set(['NOT_FOUND', 'ENTITY_IS_DELETED', 'INVALID_CROSS_REFERENCE_KEY']);
/** Somebody has such a record: it is looked for again. */
const TAKEN: ReadonlySet<string> = new Set(['DUPLICATE_VALUE', 'DUPLICATE_EXTERNAL_ID']);

/** In people's words, what each is about and what would do; `…`: what it says itself. */
const WORDS: Readonly<Record<string, string>> = {
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'A validation rule of the org refuses it',
  REQUIRED_FIELD_MISSING: 'The org wants a field filled in that Zena doesn’t fill',
  STRING_TOO_LONG: 'A text is longer than its field takes',
  INVALID_EMAIL_ADDRESS: 'Salesforce takes the e-mail for none',
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: 'A pick list of the org has no such value',
  INVALID_FIELD: 'A field is missing, or hidden from whom the connection acts as',
  INVALID_FIELD_FOR_INSERT_UPDATE: 'A field may not be written by whom the connection acts as',
  JSON_PARSER_ERROR: 'A field is of another type in the org',
  DUPLICATES_DETECTED: 'A duplicate rule of the org takes it for a record that is there',
  DUPLICATE_VALUE: 'Another record has the same value in a field that is unique',
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: 'A trigger or flow of the org refuses it',
  INSUFFICIENT_ACCESS_OR_READONLY: 'Whom the connection acts as may not change this record',
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY:
    'Whom the connection acts as may not use a record that it names',
  FIELD_INTEGRITY_EXCEPTION: 'A field doesn’t go with another',
  INVALID_TYPE_ON_FIELD_IN_RECORD: 'A field is of another type in the org',
  STORAGE_LIMIT_EXCEEDED: 'The org’s storage is full',
  CANNOT_EXECUTE_FLOW_TRIGGER: 'A flow of the org failed',
};

/** About everything that the connection does, and not about one record. */
const OF_ACCOUNT: ReadonlySet<string> = new Set([
  'API_DISABLED_FOR_ORG',
  'API_CURRENTLY_DISABLED',
  'ORG_LOCKED',
]);

/** What an error means, wherever it stands; `status` of its answer. */
export function failureOf(error: SalesforceError, status: number): Failure {
  const { code, message, fields, rule } = error;
  if (LOCKED.test(code) || LOCKED.test(message)) {
    const detail = 'Somebody else was changing the record, or one that it belongs to: tried again.';
    return { kind: 'retry_later', code: 'ROW_LOCKED', detail, status, whose: 'record' };
  }
  if (code === 'REQUEST_LIMIT_EXCEEDED') return limited(message);
  if (code === 'INVALID_SESSION_ID' || code === 'INVALID_AUTH_HEADER') {
    const detail = 'Salesforce no longer takes the session.';
    return { kind: 'unauthorised', code: 'SESSION_OVER', detail, status: 401 };
  }
  if (OF_ACCOUNT.has(code)) {
    const detail = 'The API is switched off for this org, or for whom the connection acts as.';
    return { kind: 'unauthorised', code: 'API_DISABLED', detail, status, whose: 'account' };
  }
  if (code === 'SERVER_UNAVAILABLE') {
    return { kind: 'retry_later', code, detail: 'Salesforce is not there for now.', status };
  }
  if (GONE.has(code)) {
    return { kind: 'gone', code: 'NOT_FOUND', detail: 'Salesforce says that there is no such record.' };
  }
  const words = WORDS[code] ?? `Salesforce refuses it (${code})`;
  const detail = `${words}${rule === '' ? '' : ` (“${rule}”)`}${message === '' ? '.' : `: ${message}`}`;
  const named: FieldError[] = fields.map((field) => ({ field, message: message || words }));
  return {
    kind: 'rejected',
    code: TAKEN.has(code) ? 'CONFLICT' : code,
    detail,
    status,
    fields: named,
    whose: 'record',
  };
}

/** It tells no time: the day's calls come back one by one, as old as those of the day before. */
function limited(message: string): Failure {
  const isOfDay = !/concurrent/i.test(message);
  return isOfDay
    ? {
        kind: 'rate_limited',
        code: 'DAILY_QUOTA_USED',
        detail: 'The org’s calls of these 24 hours are used up, by all programs together.',
        retryAfterMs: DAY_PAUSE_MS,
      }
    : {
        kind: 'rate_limited',
        code: 'LIMIT_REACHED',
        detail: 'The org has too many long calls at one time.',
        retryAfterMs: CONCURRENCY_PAUSE_MS,
      };
}
