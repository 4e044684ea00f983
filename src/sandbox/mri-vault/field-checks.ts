import type { Json, JsonObject } from '../../domain/json.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import { REFERENCE_FIELDS, type VaultCollection, type VaultFields } from './vault-record.ts';

export type FieldErrorCode =
  | 'required'
  | 'invalid_type'
  | 'invalid_email'
  | 'invalid_value'
  | 'unknown_reference'
  | 'unknown_field'
  | 'malformed_json';

export interface FieldError {
  readonly field: string;
  readonly code: FieldErrorCode;
  readonly message: string;
}

export interface FieldRules {
  readonly strict: boolean;
  readonly checkReferences: boolean;
  /** Required fields may be missing: the stored ones stay. */
  readonly partial: boolean;
  exists(collection: VaultCollection, id: string): boolean;
}

type Shape = 'text' | 'email' | 'required-text' | 'texts' | 'reference' | 'references' | 'milestones';

const SHAPES: Readonly<Record<VaultCollection, Readonly<Record<string, Shape>>>> = {
  contacts: {
    firstName: 'text',
    lastName: 'text',
    email: 'email',
    phone: 'text',
    type: 'text',
    notes: 'text',
  },
  properties: {
    address: 'required-text',
    vendors: 'references',
    buyers: 'references',
    milestones: 'milestones',
    riskOverview: 'text',
  },
  deals: {
    propertyId: 'reference',
    stage: 'text',
    riskLevel: 'text',
    riskFlags: 'texts',
    nextAction: 'text',
    nextActionOwner: 'text',
    summary: 'text',
    contacts: 'references',
  },
};

/** The CRM's own fields: a body may carry them back, they are never taken from it. */
const OWN_FIELDS = ['id', 'createdAt', 'updatedAt'];

type Problem = readonly [path: string, code: FieldErrorCode, message: string];

const wrongType = (wanted: string): Problem[] => [['', 'invalid_type', `must be ${wanted}`]];

function textProblems(value: Json): Problem[] {
  return value === null || typeof value === 'string' ? [] : wrongType('a string or null');
}

function emailProblems(value: Json): Problem[] {
  if (typeof value !== 'string' || value === '') return textProblems(value);
  return /@[^@]*\./.test(value) ? [] : [['', 'invalid_email', 'must be an e-mail address']];
}

function requiredTextProblems(value: Json): Problem[] {
  if (typeof value === 'string' && value.trim() !== '') return [];
  return value === null || value === '' ? [['', 'required', 'must not be empty']] : wrongType('a string');
}

function milestoneProblems(value: Json): Problem[] {
  if (!isJsonObject(value) || typeof value['type'] !== 'string') return wrongType('an object with a type');
  const date = value['date'];
  const time = typeof date === 'string' || typeof date === 'number' ? new Date(date).getTime() : Number.NaN;
  if (Number.isNaN(time)) return [['.date', 'invalid_value', 'must be a date']];
  return textProblems(value['notes'] ?? null).map(([, code, message]) => ['.notes', code, message]);
}

function eachProblems(value: Json, check: (item: Json) => Problem[]): Problem[] {
  if (!Array.isArray(value)) return wrongType('an array');
  return value.flatMap((item: Json, position) =>
    check(item).map(([path, code, message]): Problem => [`[${position}]${path}`, code, message]),
  );
}

function referenceProblems(value: Json, of: VaultCollection, rules: FieldRules): Problem[] {
  if (typeof value !== 'string' && typeof value !== 'number') return wrongType('an id');
  if (!rules.checkReferences || rules.exists(of, String(value))) return [];
  return [['', 'unknown_reference', `names no record of ${of} in this CRM`]];
}

function problemsOf(shape: Shape, value: Json, of: VaultCollection, rules: FieldRules): Problem[] {
  switch (shape) {
    case 'text':
      return textProblems(value);
    case 'email':
      return emailProblems(value);
    case 'required-text':
      return requiredTextProblems(value);
    case 'texts':
      return eachProblems(value, (item) => (typeof item === 'string' ? [] : wrongType('a string')));
    case 'milestones':
      return eachProblems(value, milestoneProblems);
    case 'reference':
      return value === null ? [] : referenceProblems(value, of, rules);
    case 'references':
      return eachProblems(value, (item) => referenceProblems(item, of, rules));
  }
}

function fieldErrors(collection: VaultCollection, body: JsonObject, rules: FieldRules): FieldError[] {
  return Object.entries(SHAPES[collection]).flatMap(([field, shape]) => {
    const value = body[field];
    if (value === undefined) {
      if (shape !== 'required-text' || rules.partial) return [];
      return [{ field, code: 'required' as const, message: 'is required' }];
    }
    const of = REFERENCE_FIELDS[collection][field] ?? collection;
    return problemsOf(shape, value, of, rules).map(([path, code, message]) => ({
      field: `${field}${path}`,
      code,
      message,
    }));
  });
}

/** The fields to store, or everything that is wrong with them. */
export function checkFields(
  collection: VaultCollection,
  body: Json | undefined,
  rules: FieldRules,
): { ok: true; fields: VaultFields } | { ok: false; errors: FieldError[] } {
  if (!isJsonObject(body)) {
    return {
      ok: false,
      errors: [{ field: '', code: 'invalid_type', message: 'the body must be an object' }],
    };
  }
  const errors = fieldErrors(collection, body, rules);
  if (rules.strict) {
    const unknown = Object.keys(body).filter((name) => !Object.hasOwn(SHAPES[collection], name));
    errors.push(
      ...unknown.map((field) => ({ field, code: 'unknown_field' as const, message: 'is not a field' })),
    );
  }
  if (errors.length > 0) return { ok: false, errors };
  const kept = Object.entries(body).filter(([name]) => !OWN_FIELDS.includes(name));
  return { ok: true, fields: Object.fromEntries(kept) };
}
