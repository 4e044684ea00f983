/** Why a message of a change topic can't be read, for good. Each is explained in docs/dead-letters.md. */
export const LETTER_CODES = [
  /** No key, or one that is no Zena id in UTF-8. */
  'KEY_INVALID',
  /** The key is another id than the event's `entityId`. */
  'KEY_MISMATCH',
  /** Neither an object in JSON nor Confluent's wire format: empty, cut short or something else. */
  'UNREADABLE_VALUE',
  'TOO_LARGE',
  /** JSON that is nested too deeply or has too many values. */
  'TOO_COMPLEX',
  'INVALID_JSON',
  /** The bytes don't fit the schema that they name: cut short, or followed by others. */
  'INVALID_AVRO',
  /** The registry knows no schema of that id. */
  'UNKNOWN_SCHEMA',
  /** JSON Schema, Protobuf or another kind that is not Avro. */
  'UNSUPPORTED_SCHEMA',
  /** The registry's schema is itself unreadable. */
  'INVALID_SCHEMA',
  /** Confluent's wire format, but no registry is configured. */
  'NO_REGISTRY',
  /** Readable, but not the shape of a change event. */
  'INVALID_EVENT',
  /** A time that can't be meant: outside the years 1900 to 2200, or an event of more than a day from now. */
  'IMPLAUSIBLE_TIME',
] as const;

export type LetterCode = (typeof LETTER_CODES)[number];

/** A message that can't be read. `detail` names the fault and never a value: it may be logged and sent on. */
export interface Unreadable {
  readonly code: LetterCode;
  readonly detail: string;
}
