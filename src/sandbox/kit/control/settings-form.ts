import type { Json } from '../../../domain/json.ts';
import { isJsonObject } from '../http/json-object.ts';

export type Check = (value: Json) => boolean;

/** A CRM's settings as they are at the start, and what may be put in their place. */
export interface SettingsForm<S> {
  readonly defaults: S;
  readonly checks: Readonly<Record<keyof S & string, Check>>;
}

export const isFlag: Check = (value) => typeof value === 'boolean';

export function oneOf(...values: readonly string[]): Check {
  return (value) => typeof value === 'string' && values.includes(value);
}

export function atLeast(least: number): Check {
  return (value) => typeof value === 'number' && Number.isFinite(value) && value >= least;
}

/** Whether a member is one of a form's, with a value that it takes. */
export function passes(checks: Readonly<Record<string, Check>>, name: string, value: Json): boolean {
  return Object.hasOwn(checks, name) && checks[name]?.(value) === true;
}

/** Settings as they come over HTTP, or the names that are unknown or have a wrong value. */
export function parseSettings<S>(
  input: Json | undefined,
  { checks }: Pick<SettingsForm<S>, 'checks'>,
):
  | { readonly ok: true; readonly settings: Partial<S> }
  | { readonly ok: false; readonly problems: readonly string[] } {
  if (!isJsonObject(input)) return { ok: false, problems: ['the body must be an object'] };
  const wrong = Object.entries(input).filter(([name, value]) => !passes(checks, name, value));
  if (wrong.length > 0) return { ok: false, problems: wrong.map(([name]) => `${name} is not valid`) };
  // Checked member by member above.
  return { ok: true, settings: input as Partial<S> };
}
