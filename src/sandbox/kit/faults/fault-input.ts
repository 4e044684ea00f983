import type { Json, JsonObject } from '../../../domain/json.ts';
import { isJsonObject } from '../http/json-object.ts';
import type { SandboxFault, SandboxFaultKind } from './fault.ts';
import type { MisbehaviourRule } from './misbehaviour.ts';

type Check = (value: Json) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isStatus: Check = (value) => isCount(value) && Number(value) >= 200 && Number(value) <= 599;
const isProbability: Check = (value) => typeof value === 'number' && value >= 0 && value <= 1;
const isAnything: Check = () => true;
const isTextMap: Check = (value) => isJsonObject(value) && Object.values(value).every(isText);
const isRedirect: Check = (value) => [301, 302, 303, 307, 308].some((status) => status === value);
const isPattern: Check = (value) => typeof value === 'string' && patternOf(value) !== null;

interface Form {
  readonly required?: Readonly<Record<string, Check>>;
  readonly optional?: Readonly<Record<string, Check>>;
}

const FAULT_FORMS: Readonly<Record<SandboxFaultKind, Form>> = {
  latency: {
    required: { ms: isCount },
    optional: { when: (value) => value === 'before' || value === 'after' },
  },
  status: {
    required: { status: isStatus },
    optional: { body: isAnything, headers: isTextMap, afterCommit: isFlag },
  },
  page: {
    required: { as: (value) => value === 'html' || value === 'text' || value === 'json' },
    optional: { status: isStatus, headers: isTextMap, afterCommit: isFlag },
  },
  timeoutBeforeCommit: {},
  timeoutAfterCommit: {},
  resetBeforeCommit: {},
  resetAfterCommit: {},
  htmlWith200: { optional: { afterCommit: isFlag } },
  truncatedJson: {},
  redirect: { required: { location: isText }, optional: { status: isRedirect } },
  slowDrip: { optional: { everyMs: isCount } },
  gzipBody: { optional: { inflatedBytes: isCount } },
  hugeBody: { required: { bytes: isCount } },
  errorIn200: { optional: { body: isAnything, afterCommit: isFlag } },
  emptyBody: {},
};

const RULE_FORM: Form = {
  required: { fault: (value) => isJsonObject(value) && isFaultKind(value['kind']) },
  optional: { match: isJsonObject, times: isCount, probability: isProbability },
};

const MATCH_FORM: Form = {
  optional: { method: isText, path: isText, pathPattern: isPattern, except: isText },
};

export type ParsedRule =
  | { readonly ok: true; readonly rule: MisbehaviourRule }
  | { readonly ok: false; readonly problems: readonly string[] };

function isFaultKind(value: Json | undefined): value is SandboxFaultKind {
  return typeof value === 'string' && Object.hasOwn(FAULT_FORMS, value);
}

function patternOf(source: string): RegExp | null {
  try {
    return new RegExp(source);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function problemsOf(value: JsonObject, form: Form, where: string, also: readonly string[] = []): string[] {
  const { required = {}, optional = {} } = form;
  const missing = Object.keys(required).filter((name) => value[name] === undefined);
  const wrong = Object.entries({ ...required, ...optional }).filter(([name, check]) => {
    const member = value[name];
    return member !== undefined && !check(member);
  });
  const unknown = Object.keys(value).filter(
    (name) => !Object.hasOwn(required, name) && !Object.hasOwn(optional, name) && !also.includes(name),
  );
  return [
    ...missing.map((name) => `${where}${name} is required`),
    ...wrong.map(([name]) => `${where}${name} is not valid`),
    ...unknown.map((name) => `${where}${name} is not known`),
  ];
}

function matchOf(match: JsonObject): NonNullable<MisbehaviourRule['match']> {
  const { method, path, pathPattern, except } = match;
  const wanted = typeof pathPattern === 'string' ? patternOf(pathPattern) : path;
  return {
    ...(typeof method === 'string' ? { method } : {}),
    ...(typeof wanted === 'string' || wanted instanceof RegExp ? { path: wanted } : {}),
    ...(typeof except === 'string' ? { except } : {}),
  };
}

/** A rule as it comes over HTTP, where a pattern is text in `match.pathPattern`; or everything that is wrong with it. */
export function parseRule(input: Json | undefined): ParsedRule {
  if (!isJsonObject(input)) return { ok: false, problems: ['the body must be an object'] };
  const problems = problemsOf(input, RULE_FORM, '');
  const { fault, match, times, probability } = input;
  if (isJsonObject(match)) problems.push(...problemsOf(match, MATCH_FORM, 'match.'));
  if (isJsonObject(fault) && isFaultKind(fault['kind'])) {
    problems.push(...problemsOf(fault, FAULT_FORMS[fault['kind']], 'fault.', ['kind']));
  }
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    rule: {
      // Checked member by member against the fault's form above.
      fault: fault as unknown as SandboxFault,
      ...(isJsonObject(match) ? { match: matchOf(match) } : {}),
      ...(typeof times === 'number' ? { times } : {}),
      ...(typeof probability === 'number' ? { probability } : {}),
    },
  };
}
