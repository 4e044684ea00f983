import type { CrmVerb } from '../connectors/connector.port.ts';
import type { BodyLimits } from './transport.port.ts';

/** How much of an answer is read. */
export interface AnswerLimits extends BodyLimits {
  /** Values and names of members in a success: more are never handed to the JSON parser. */
  readonly values: number;
}

const KIB = 1024;
/** A record of a CRM, with all that an office may have noted of it in ten years. */
const RECORD: AnswerLimits = { whole: 1_024 * KIB, start: 64 * KIB, values: 20_000 };

/**
 * By what is asked for. A probe is answered by a status, and what follows that tells at its start whether it is a page; a search finds few
 * records, a listing comes in pages. All of it is parsed and gone over in less than 50 ms.
 */
const LIMITS: Readonly<Record<CrmVerb, AnswerLimits>> = {
  verify: { whole: 0, start: 16 * KIB, values: 0 },
  find: { whole: 1_024 * KIB, start: 64 * KIB, values: 50_000 },
  list: { whole: 2_048 * KIB, start: 64 * KIB, values: 50_000 },
  read: RECORD,
  create: RECORD,
  update: RECORD,
  delete: RECORD,
};

/** Values of an answer that is no success: what it says of fields, and a code. */
export const REFUSAL_VALUES = 2_000;

export function answerLimits(verb: CrmVerb): AnswerLimits {
  return LIMITS[verb];
}
