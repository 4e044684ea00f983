import { Buffer } from 'node:buffer';
import type { CallOutcome, FieldError } from '../domain/outcome.ts';
import { plainLetters, type PlainLetters } from './parsing/plain-letters.ts';

/** Shorter ones are words that any text has; nobody can enter such a key any more. */
const SHORTEST_SECRET = 4;
/** The beginning of a secret at the end of a text that was cut off there; less than this gives nothing away. */
const SHORTEST_START = 4;
/** Less of what base64 makes of a secret is found in any text. */
const SHORTEST_ENCODED = 5;
const NOT_SECRET = new Set(['accept', 'content-type', 'user-agent']);
const SCHEMES = /^(?:api-?key|basic|bearer|digest|token)$/i;
const REDACTED = '[redacted]';

/** Takes the values of sent headers out of what the CRM says about fields, in case it repeats the credentials, however it spells them. */
export function redactSecrets<T>(
  outcome: CallOutcome<T>,
  sent: Readonly<Record<string, string>>,
): CallOutcome<T> {
  if (!('fields' in outcome) || outcome.fields === undefined || outcome.fields.length === 0) return outcome;
  const needles = needlesOf(secretsIn(sent));
  return { ...outcome, fields: outcome.fields.map((error) => redactError(error, needles)) };
}

function redactError({ field, message }: FieldError, needles: readonly string[]): FieldError {
  const apart = { field: redact(field, needles), message: redact(message, needles) };
  if (apart.field !== field || apart.message !== message) return apart;
  // One half in each.
  const { letters } = plainLetters(field + message);
  return needles.some((needle) => letters.includes(needle)) ? { field: REDACTED, message: REDACTED } : apart;
}

/** What of the headers is secret: each value, and its parts; of a user and a password also what they are made of. */
export function secretsIn(sent: Readonly<Record<string, string>>): readonly string[] {
  const secrets = Object.entries(sent)
    .filter(([name]) => !NOT_SECRET.has(name))
    .flatMap(([, value]) => {
      const [scheme = '', ...rest] = value.split(' ');
      if (rest.length === 0) return [value];
      const parts = SCHEMES.test(scheme) ? rest : [scheme, ...rest];
      return [value, ...parts, ...(/^basic$/i.test(scheme) ? rest.flatMap(pairOf) : [])];
    });
  return [...new Set(secrets)].filter(({ length }) => length >= SHORTEST_SECRET);
}

function pairOf(encoded: string): string[] {
  const pair = Buffer.from(encoded, 'base64').toString();
  return [pair, ...pair.split(':')];
}

/** The letters and figures of secrets, as they are and as hex and base64 write them, the longest first. */
function needlesOf(secrets: readonly string[]): readonly string[] {
  const needles = secrets.flatMap((secret) => {
    const bytes = Buffer.from(secret);
    const encoded = [bytes.toString('hex'), ...[0, 1, 2].flatMap((before) => base64Of(bytes, before))];
    return [
      ...[plainLetters(secret).letters].filter(({ length }) => length >= SHORTEST_SECRET),
      ...encoded.map((form) => lettersOf(form)).filter(({ length }) => length >= SHORTEST_ENCODED),
    ];
  });
  return [...new Set(needles)].toSorted((one, other) => other.length - one.length);
}

function lettersOf(encoded: string): string {
  return encoded.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The characters that base64 makes of these bytes alone, wherever they stand in a longer text. */
export function base64Of(bytes: Buffer, before: number): string {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]);
  const first = Math.ceil((before * 8) / 6);
  const last = Math.floor((encoded.length * 8) / 6);
  return encoded.toString('base64').slice(first, last);
}

/** Once over the text for each needle: whoever wrote it decides its length, and how often it repeats them. */
function redact(text: string, needles: readonly string[]): string {
  const plain = plainLetters(text);
  const { letters } = plain;
  const spans: [number, number][] = [];
  for (const needle of needles) {
    for (let at = letters.indexOf(needle); at >= 0; at = letters.indexOf(needle, at + needle.length)) {
      spans.push(spanOf(plain, at, needle.length));
    }
  }
  if (text.endsWith('…')) {
    const end = text.length - 1;
    for (const start of [text.slice(0, end), text.slice(0, end).replace(HALF_A_SIGN, '')])
      spans.push(...startAtEnd(plainLetters(start), end, needles));
  }
  return withoutSpans(text, spans);
}

function spanOf({ from, to }: PlainLetters, at: number, length: number): [number, number] {
  return [from[at] ?? 0, to[at + length - 1] ?? 0];
}

/** What is left of a sign in one of its forms, where the text was cut within it. */
const HALF_A_SIGN = /(?:%(?:25)*u?[0-9a-f]{0,3}|&(?:amp;)*#?[0-9a-z]{0,8}|\\[ux]?[0-9a-f]{0,3})$/i;

/** Whoever cut the text may have cut a secret in two. */
function startAtEnd(plain: PlainLetters, end: number, needles: readonly string[]): [number, number][] {
  const { letters, from } = plain;
  for (const needle of needles) {
    for (let length = Math.min(needle.length - 1, letters.length); length >= SHORTEST_START; length -= 1) {
      const at = letters.length - length;
      if (letters.startsWith(needle.slice(0, length), at)) return [[from[at] ?? 0, end]];
    }
  }
  return [];
}

function withoutSpans(text: string, spans: readonly [number, number][]): string {
  let rest = '';
  let taken = 0;
  for (const [from, to] of spans.toSorted(([one], [other]) => one - other)) {
    if (from >= taken) rest += `${text.slice(taken, from)}${REDACTED}`;
    taken = Math.max(taken, to);
  }
  return rest + text.slice(taken);
}
