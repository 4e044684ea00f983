import type { Json } from '../../../domain/json.ts';
import { isJsonObject } from '../http/json-object.ts';
import type { SandboxRateLimit, SandboxSettings } from '../../mri-vault/vault-settings.ts';

type Check = (value: Json) => boolean;

const isFlag: Check = (value) => typeof value === 'boolean';
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && values.includes(value);
const atLeast =
  (least: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isFinite(value) && value >= least;

const LIMIT_CHECKS: Readonly<Record<keyof SandboxRateLimit, Check>> = {
  requestsPerSecond: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  burst: atLeast(1),
  requestsPerDay: atLeast(0),
  retryAfter: oneOf('seconds', 'date', 'absent', 'absurd', 'negative'),
};

const isRateLimit: Check = (value) =>
  value === null ||
  (isJsonObject(value) &&
    value['requestsPerSecond'] !== undefined &&
    Object.entries(value).every(([name, member]) => passes(LIMIT_CHECKS, name, member)));

const SETTING_CHECKS: Readonly<Record<keyof SandboxSettings, Check>> = {
  ids: oneOf('string', 'number'),
  putMode: oneOf('merge', 'replace'),
  putAnswer: oneOf('object', 'empty'),
  searchCase: oneOf('exact', 'insensitive'),
  searchLagMs: atLeast(0),
  strict: isFlag,
  checkReferences: isFlag,
  pageSize: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  rateLimit: isRateLimit,
};

function passes(checks: Readonly<Record<string, Check>>, name: string, value: Json): boolean {
  return Object.hasOwn(checks, name) && checks[name]?.(value) === true;
}

/** Settings as they come over HTTP, or the names that are unknown or have a wrong value. */
export function parseSettings(
  input: Json | undefined,
):
  | { readonly ok: true; readonly settings: Partial<SandboxSettings> }
  | { readonly ok: false; readonly problems: readonly string[] } {
  if (!isJsonObject(input)) return { ok: false, problems: ['the body must be an object'] };
  const wrong = Object.entries(input).filter(([name, value]) => !passes(SETTING_CHECKS, name, value));
  if (wrong.length > 0) return { ok: false, problems: wrong.map(([name]) => `${name} is not valid`) };
  return { ok: true, settings: input };
}
