import { deliveryLetterId } from './dead-letter.ts';
import type { DeadLetterMark, Lane, Link } from './link.ts';
import type { FieldError } from './outcome.ts';

export interface GivenUp {
  readonly code: string;
  readonly detail: string;
  readonly fields: readonly FieldError[];
  readonly now: number;
  /** Of the record as it was to be delivered. */
  readonly revision: number;
  readonly mapping: string;
  readonly connectionEpoch: number;
}

/** On these lanes a link that was dead is tried again for its letter's sake: `retry` is where a replay's back-off goes. */
const REPLAYING: readonly Lane[] = ['replay', 'retry'];

/**
 * The mark of a delivery that was given up. The same content under the same mapping and connection goes on counting its replays; a
 * newer version, mapping or credentials start anew.
 */
export function deadMark(
  link: Pick<Link, 'id' | 'dead' | 'lane' | 'attempts'>,
  end: GivenUp,
): DeadLetterMark {
  const { code, detail, fields, now, revision, mapping, connectionEpoch } = end;
  const id = deliveryLetterId(link.id, revision, mapping);
  const before = link.dead?.id === id && link.dead.connectionEpoch === connectionEpoch ? link.dead : null;
  const replays = before === null ? 0 : before.replays + (REPLAYING.includes(link.lane) ? 1 : 0);
  return {
    ...{ code, detail, fields, at: now, revision, attempts: link.attempts + 1 },
    ...{ id, mapping, connectionEpoch, firstAt: before?.firstAt ?? now, replays },
  };
}
