import { Buffer } from 'node:buffer';
import type { CallOutcome } from '../domain/outcome.ts';

const SHORTEST_SECRET = 8;
/** The beginning of a secret at the end of a text that was cut off there; less than this gives nothing away. */
const SHORTEST_START = 4;
const NOT_SECRET = new Set(['accept', 'content-type', 'user-agent']);
const REDACTED = '[redacted]';

/**
 * Takes the values of sent headers out of what the CRM says about fields, in case it repeats the credentials: as they are, or
 * as base64, hex, percent-encoded or JSON-escaped text.
 */
export function redactSecrets<T>(
  outcome: CallOutcome<T>,
  sent: Readonly<Record<string, string>>,
): CallOutcome<T> {
  if (outcome.kind !== 'rejected' || outcome.fields.length === 0) return outcome;
  const secrets = Object.entries(sent)
    .filter(([name]) => !NOT_SECRET.has(name))
    .flatMap(([, value]) => [value, ...value.split(' ')])
    .filter((value) => value.length >= SHORTEST_SECRET);
  const forms = [...new Set(secrets.flatMap(formsOf))].toSorted((one, other) => other.length - one.length);
  const redact = (text: string) =>
    withoutStart(
      forms.reduce((rest, form) => rest.replaceAll(form, REDACTED), text),
      forms,
    );
  const fields = outcome.fields.map(({ field, message }) => ({
    field: redact(field),
    message: redact(message),
  }));
  return { ...outcome, fields };
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const plain = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    hex,
    hex.toUpperCase(),
  ];
  return [...plain, ...[0, 1, 2].flatMap((before) => base64Of(bytes, before))];
}

/** The characters that base64 makes of these bytes alone, wherever they stand in a longer text. */
function base64Of(bytes: Buffer, before: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]);
  const first = Math.ceil((before * 8) / 6);
  const last = Math.floor((encoded.length * 8) / 6);
  return (['base64', 'base64url'] as const).map((form) => encoded.toString(form).slice(first, last));
}

/** Whoever cut the text may have cut a secret in two. */
function withoutStart(text: string, forms: readonly string[]): string {
  if (!text.endsWith('…')) return text;
  const end = text.length - 1;
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, end); length >= SHORTEST_START; length -= 1) {
      if (text.startsWith(form.slice(0, length), end - length))
        return `${text.slice(0, end - length)}${REDACTED}`;
    }
  }
  return text;
}
