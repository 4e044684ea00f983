import type { CallOutcome } from '../domain/outcome.ts';

const SHORTEST_SECRET = 8;
const NOT_SECRET = new Set(['accept', 'content-type', 'user-agent']);

/** Takes the values of sent headers out of what the CRM says about fields, in case it repeats the credentials. */
export function redactSecrets<T>(
  outcome: CallOutcome<T>,
  sent: Readonly<Record<string, string>>,
): CallOutcome<T> {
  if (outcome.kind !== 'rejected' || outcome.fields.length === 0) return outcome;
  const secrets = Object.entries(sent)
    .filter(([name]) => !NOT_SECRET.has(name))
    .flatMap(([, value]) => [value, ...value.split(' ')])
    .filter((value) => value.length >= SHORTEST_SECRET);
  const redact = (text: string) =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
  const fields = outcome.fields.map(({ field, message }) => ({
    field: redact(field),
    message: redact(message),
  }));
  return { ...outcome, fields };
}
