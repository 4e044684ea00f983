import type { DeadLetterKind } from '../domain/dead-letter.ts';
import type { Remedies, Remedy } from '../domain/deciding/remedy.ts';

/*
 * The tables of docs/dead-letters.md say the same, word for word. Codes that one connector alone gives come with its definition.
 */

/** Why an event could not be read, and what helps. */
export const DECODE_REMEDIES: Remedies = {
  KEY_INVALID: {
    meaning: 'The message has no key, or one that is no id in UTF-8.',
    whoCanFix: 'producer',
    whatToDo: 'Publish it again with the entity’s id as its key; then discard the letter.',
  },
  KEY_MISMATCH: {
    meaning: 'The key is another id than the event’s `entityId`; compaction would keep the wrong event.',
    whoCanFix: 'producer',
    whatToDo: 'Publish it again under its own key; then discard the letter.',
  },
  UNREADABLE_VALUE: {
    meaning: 'The value is empty, cut short, or neither JSON nor Confluent’s wire format.',
    whoCanFix: 'producer',
    whatToDo: 'Find who writes to the topic, and publish the event again; then discard the letter.',
  },
  TOO_LARGE: {
    meaning:
      'The event has more than `MAX_EVENT_BYTES`, 256 KiB by default: in the log, or when it is read (Avro may become longer).',
    whoCanFix: 'producer',
    whatToDo:
      'Publish less in one event: `attributes` and notes are the usual cause; then discard the letter. Or raise the setting on every worker, and replay.',
  },
  TOO_COMPLEX: {
    meaning: 'The JSON is nested deeper than 64, or has more than 80,000 values.',
    whoCanFix: 'producer',
    whatToDo: 'Publish less in one event; then discard the letter.',
  },
  INVALID_JSON: {
    meaning: 'The value begins like JSON and is none, or is no UTF-8.',
    whoCanFix: 'producer',
    whatToDo: 'Mend the producer and publish the event again; then discard the letter.',
  },
  INVALID_AVRO: {
    meaning: 'The bytes don’t fit the schema that they name: cut short, or too long.',
    whoCanFix: 'producer',
    whatToDo:
      'Let the producer send the id of the schema that it writes with. If the registry had the wrong schema under that id, replay.',
  },
  UNKNOWN_SCHEMA: {
    meaning: 'The registry has no schema of the id that the event names.',
    whoCanFix: 'operator',
    whatToDo: 'Register the schema, or point `SCHEMA_REGISTRY_URL` to the producer’s registry; then replay.',
  },
  UNSUPPORTED_SCHEMA: {
    meaning: 'The schema is JSON Schema, Protobuf or another kind that is not Avro.',
    whoCanFix: 'producer',
    whatToDo: 'Publish Avro or plain JSON; then discard the letter.',
  },
  INVALID_SCHEMA: {
    meaning:
      'The registry’s schema is no valid Avro, or refers to one that is not there; the detail names the place. Wrong defaults and aliases don’t matter.',
    whoCanFix: 'operator',
    whatToDo: 'Mend the schema in the registry; then replay.',
  },
  NO_REGISTRY: {
    meaning: 'The event is in Confluent’s wire format, but no registry is configured.',
    whoCanFix: 'operator',
    whatToDo: 'Set `SCHEMA_REGISTRY_URL` and restart; then replay.',
  },
  INVALID_EVENT: {
    meaning: 'It can be read, but is no change event; the detail names the place, as a JSON pointer.',
    whoCanFix: 'producer',
    whatToDo: 'Mend the producer and publish the event again; then discard the letter.',
  },
  IMPLAUSIBLE_TIME: {
    meaning:
      'A time that can’t be meant: not in the years 1900 to 2200, or an event of more than a day from now. The detail names the place.',
    whoCanFix: 'producer',
    whatToDo:
      'Look at the unit: JSON has milliseconds, Avro says it by the logical type; and at the producer’s clock. Publish the event again, then discard the letter.',
  },
};

/** Why a record was given up, and what helps. */
export const DELIVER_REMEDIES: Remedies = {
  REFUSED_BY_CRM: {
    meaning: 'The CRM refuses the record as it stands; the letter has its words on single fields.',
    whoCanFix: 'user',
    whatToDo:
      'Mend the fields in Zena: the change is delivered by itself. Replay after the CRM’s own rules changed.',
  },
  CONFLICT: {
    meaning: 'The CRM answered 409: another of its records stands in the way.',
    whoCanFix: 'user',
    whatToDo: 'Merge or rename the other record in the CRM; then replay.',
  },
  ACCESS_FORBIDDEN: {
    meaning: 'The CRM takes the credentials, but answered 403 to this record: they may not write it.',
    whoCanFix: 'user',
    whatToDo: 'Give the CRM user of these credentials the right to this record or field; then replay.',
  },
  OWNED_BY_ANOTHER: {
    meaning:
      'The CRM has this person already, with somebody whose people the key’s user can’t see; they are not made a second time.',
    whoCanFix: 'user',
    whatToDo: 'Connect with the key of somebody who sees them, or have them shared in the CRM; then replay.',
  },
  NO_STAGE: {
    meaning: 'The CRM has no stage that the deal could be in.',
    whoCanFix: 'user',
    whatToDo:
      'Make a pipeline with stages in the CRM, or name one in the `stages` of the connection; then replay.',
  },
  REDIRECT_REFUSED: {
    meaning:
      'The CRM answered with a redirect, which is never followed. Letters of this code are of an earlier version.',
    whoCanFix: 'user',
    whatToDo: 'Connect again with the CRM’s final address; then replay.',
  },
  PATH_REFUSED: {
    meaning: 'An id or a search value can’t be part of an address.',
    whoCanFix: 'user',
    whatToDo:
      'Look at the record’s e-mail or address in Zena, and at the CRM record’s id; the change is delivered by itself.',
  },
  HEADER_REFUSED: {
    meaning: 'A header, usually the one with the credentials, holds characters that can’t be sent.',
    whoCanFix: 'user',
    whatToDo: 'Connect again with the key exactly as the CRM shows it; then replay.',
  },
  RETRIES_EXHAUSTED: {
    meaning: 'It failed after each of `RETRY_DELAYS` while the CRM took other calls, or `authenticate`.',
    whoCanFix: 'operator',
    whatToDo: 'Read the last failure in the detail; replay when its cause is gone.',
  },
  CREATE_AMBIGUOUS: {
    meaning:
      'A create ended without a success, and the record has nothing to be found by: whether the CRM has it is not known.',
    whoCanFix: 'user',
    whatToDo:
      'Look in the CRM. If it is there, give the record an e-mail (a deal: a property) that both have; replay looks again and never makes a second one.',
  },
  ADDRESS_NOT_CLEAR: {
    meaning: 'The CRM takes an address in its parts, and of this one they can’t be told. Nothing was sent.',
    whoCanFix: 'user',
    whatToDo:
      'Write the address in Zena as in `12 Risk Road, Sandgate QLD 4017`: the change is delivered by itself.',
  },
  SUBURB_UNKNOWN: {
    meaning: 'The CRM knows no suburb of this name and postcode. Nothing was sent.',
    whoCanFix: 'user',
    whatToDo: 'Correct the suburb or its postcode in Zena: the change is delivered by itself.',
  },
  PROPERTY_MISSING: {
    meaning: 'In this CRM a deal is the sale of a property, and it has no property there. Nothing was sent.',
    whoCanFix: 'user',
    whatToDo: 'Name its property in Zena, or mend what keeps that one from the CRM; then replay.',
  },
  GONE_AGAIN: {
    meaning:
      'Its CRM record went missing again after it had been made anew: something in the CRM removes it.',
    whoCanFix: 'user',
    whatToDo: 'Find what deletes or merges it in the CRM; then replay, which makes it once more.',
  },
  TAKEN_IN_CRM: {
    meaning:
      'The CRM says that it has this record already, and names the one that stands for another record of the same user.',
    whoCanFix: 'user',
    whatToDo:
      'Look at both in Zena and at the CRM record: if they are one person, merge them in Zena; if not, take what they share (an e-mail, a phone number) from one of them. The change is delivered by itself.',
  },
  PLAN_DID_NOT_END: {
    meaning: 'The delivery took more steps than any should.',
    whoCanFix: 'developer',
    whatToDo: 'Report it with the record’s timeline; replay after an update.',
  },
  PROCESS_DIED: {
    meaning:
      'Processes of this program died, one after another, with this in hand: at the third start it was set aside.',
    whoCanFix: 'operator',
    whatToDo:
      'Look at how the processes ended (memory, or killed from outside) and at how large it is; then replay. Report it if it happens again.',
  },
};

const UNKNOWN: Remedy = {
  meaning: 'A cause of another version of this program, or of a connector that has no words for it here.',
  whoCanFix: 'operator',
  whatToDo: 'Read the detail; replay when its cause is gone.',
};

/**
 * The words for a code.
 *
 * @param ofConnectors codes that connectors alone give, with their words
 */
export function remedyOf(code: string, kind: DeadLetterKind, ofConnectors: Remedies = {}): Remedy {
  const tables = kind === 'decode' ? [DECODE_REMEDIES] : [DELIVER_REMEDIES, ofConnectors];
  const table = tables.find((one) => Object.hasOwn(one, code));
  return table?.[code] ?? UNKNOWN;
}
