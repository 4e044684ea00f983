import type { Json } from '../../domain/json.ts';
import { isJsonObject } from '../kit/http/json-object.ts';

/** What is wrong with a value, each with where it is below the value (`.suburb.id`, `[2]`); none: it fits. */
export type Shape = (value: Json, rules: ShapeRules) => readonly string[];

export interface ShapeRules {
  /** Members that the vendor's specification doesn't name are refused, not left out. */
  readonly strict: boolean;
  /** Null is taken wherever a value may stand. */
  readonly nulls: boolean;
}

/** Named members, none of them required. */
export type Members = Readonly<Record<string, Shape>>;

function plain(wanted: string, fits: (value: Json) => boolean): Shape {
  return (value, { nulls }) => ((value === null && nulls) || fits(value) ? [] : [` must be ${wanted}`]);
}

export const text = plain('a string', (value) => typeof value === 'string');
export const flag = plain('a boolean', (value) => typeof value === 'boolean');
export const whole = plain('an integer', (value) => Number.isSafeInteger(value));
export const number = plain('a number', (value) => typeof value === 'number' && Number.isFinite(value));
export const time = plain('a date-time', (value) => typeof value === 'string' && isDateTime(value));
/** An empty one is a wish to have none. */
export const email = plain('an e-mail address', (value) => typeof value === 'string' && isEmail(value));

export function oneOf(...values: readonly string[]): Shape {
  return plain(`one of ${values.join(', ')}`, (value) => values.some((each) => each === value));
}

export function list(of: Shape): Shape {
  return (value, rules) => {
    if (value === null && rules.nulls) return [];
    if (!Array.isArray(value)) return [' must be an array'];
    return value.flatMap((item: Json, at) => of(item, rules).map((problem) => `[${at}]${problem}`));
  };
}

export function object(members: Members): Shape {
  return (value, rules) => {
    if (value === null && rules.nulls) return [];
    if (!isJsonObject(value)) return [' must be an object'];
    return Object.entries(value).flatMap(([name, member]) => {
      const shape = Object.hasOwn(members, name) ? members[name] : undefined;
      if (shape === undefined) return rules.strict ? [`.${name} is not a field`] : [];
      return shape(member, rules).map((problem) => `.${name}${problem}`);
    });
  };
}

/** Another record: only its id. */
export const reference = object({ id: whole });

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/;

function isDateTime(value: string): boolean {
  return DATE_TIME.test(value) && !Number.isNaN(Date.parse(value));
}

function isEmail(value: string): boolean {
  return value === '' || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value);
}
