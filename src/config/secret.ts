import { inspect } from 'node:util';

const MASK = '[secret]';

/** A value that can be carried and printed without being shown; only `reveal()` gives it out. */
export interface Secret<T = string> {
  reveal(): T;
  toString(): string;
  toJSON(): string;
}

/** Wraps a value so that string conversion, JSON and `util.inspect` all answer '[secret]'. */
export function secret<T>(value: T): Secret<T> {
  const masked = () => MASK;
  return Object.freeze({
    reveal: () => value,
    toString: masked,
    toJSON: masked,
    [Symbol.toPrimitive]: masked,
    [inspect.custom]: masked,
  });
}
