import { Buffer } from 'node:buffer';
import type { CrmVerb } from '../connectors/connector.port.ts';
import { plainLetters } from './parsing/plain-letters.ts';
import { base64Of, secretsIn } from './redact-secrets.ts';
import type { OutboundResult } from './transport.port.ts';

/** A text that people write holds a shorter one by chance, and one without figures or letters. */
const SHORTEST_UNLIKELY = 12;
const SHORTEST_MIXED = 8;

/**
 * Whether an answer is a success of which something would be kept, and repeats a secret that was sent. Texts of records are kept as they are, so an answer that repeats the credentials is one that nobody takes anything from: as they are, or
 * as they are written in JSON, an address or a page, in upper or lower case, in hex or base64. What comes with an error is kept only as
 * `redactSecrets` leaves it.
 */
export function repeatsSecret(
  result: OutboundResult,
  verb: CrmVerb,
  sent: Readonly<Record<string, string>>,
): boolean {
  if (result.kind !== 'response' || verb === 'verify' || result.body.length === 0) return false;
  if (result.status < 200 || result.status >= 300) return false;
  const unlikely = secretsIn(sent).filter(isUnlikely);
  if (unlikely.length === 0) return false;
  const { buffer, byteOffset, length } = result.body;
  const text = Buffer.from(buffer, byteOffset, length).toString('latin1').toLowerCase();
  return unlikely.some((secret) => isIn(text, secret));
}

function isUnlikely(secret: string): boolean {
  if (secret.length >= SHORTEST_UNLIKELY) return true;
  return secret.length >= SHORTEST_MIXED && /\d/.test(secret) && /[a-z]/i.test(secret);
}

/** Shorter runs of letters and figures stand in every text. */
const SHORTEST_RUN = 4;
/** Places in one answer that are looked at. */
const MOST_PLACES = 50;
/** How many characters stand for one of a secret at most, in what is usual. */
const LONGEST_SIGN = 12;

/**
 * Nearly every answer holds not even what all ways of writing it have in common, its longest run of letters and figures; so each costs next
 * to nothing.
 */
function isIn(text: string, secret: string): boolean {
  if (encodedStarts(secret).some((start) => text.includes(start))) return true;
  const runs = secret.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const run = runs.reduce((longest, each) => (each.length > longest.length ? each : longest), '');
  if (run.length < SHORTEST_RUN) return text.includes(secret.toLowerCase());
  const { letters } = plainLetters(secret);
  const around = secret.length * LONGEST_SIGN;
  let at = text.indexOf(run);
  for (let places = 0; at >= 0 && places < MOST_PLACES; places += 1) {
    const place = text.slice(Math.max(0, at - around), at + run.length + around);
    if (plainLetters(place).letters.includes(letters)) return true;
    at = text.indexOf(run, at + run.length);
  }
  return false;
}

/** As many bytes as make a beginning that nothing else has; a multiple of three, for base64. */
const START_BYTES = 9;

/** How the secret begins in hex and in base64, at each of its three places. */
function encodedStarts(secret: string): string[] {
  const bytes = Buffer.from(secret).subarray(0, START_BYTES);
  const encoded = [0, 1, 2].map((before) => base64Of(bytes, before).toLowerCase());
  const forAddresses = encoded.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [bytes.toString('hex'), ...encoded, ...forAddresses];
}
