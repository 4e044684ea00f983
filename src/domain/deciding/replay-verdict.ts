import { scopeOf, type Connection } from '../connection.ts';
import { MOST_REPLAYS, type DeadLetter } from '../dead-letter.ts';
import type { DeadLetterMark, LinkHead } from '../link.ts';
import type { ZenaRecord } from '../record.ts';

/** What a replay makes of one letter. */
export type ReplayVerdict =
  /** The record's present state is delivered. `willFailAgain`: the CRM refused just this, and nothing has changed since. */
  | { readonly do: 'deliver'; readonly willFailAgain: boolean; readonly crmCalls: number }
  /** The event's original bytes are read again. */
  | { readonly do: 'decode' }
  /** Its link has moved on, or was left with its CRM account: there is nothing to send. */
  | { readonly do: 'superseded' }
  /** Replayed as often as it may be with the same content. */
  | { readonly do: 'parked' };

export interface ReplayInput {
  readonly letter: Pick<DeadLetter, 'id' | 'kind' | 'replays' | 'delivery'>;
  /** Null: there is none (any more). */
  readonly link: LinkHead | null;
  readonly record: Pick<ZenaRecord, 'revision'> | null;
  readonly connection: Pick<Connection, 'connectionId' | 'accountKey' | 'status' | 'epoch'> | null;
  /** The connector's present mapping version; null: the connector is not part of this program any more. */
  readonly mapping: string | null;
}

/** A CRM record that is known is updated; one that is not is looked for, and then made. */
const CALLS_LINKED = 1;
const CALLS_UNLINKED = 2;

/** Codes of deliveries that were given up though the CRM never refused the record as it stands. */
const NOT_REFUSED: ReadonlySet<string> = new Set(['RETRIES_EXHAUSTED', 'GONE_AGAIN', 'CREATE_AMBIGUOUS']);

/** Decides; the same for a plan and for the replay itself, which asks again right before it marks. */
export function replayVerdict(input: ReplayInput): ReplayVerdict {
  const { letter, link, connection, mapping } = input;
  if (letter.kind === 'decode') {
    // Bytes never change, so each try is one of the same content.
    return letter.replays >= MOST_REPLAYS ? { do: 'parked' } : { do: 'decode' };
  }
  const dead = link?.dead ?? null;
  if (link === null || dead === null || dead.id !== letter.id) return { do: 'superseded' };
  if (connection === null || connection.status === 'disconnected' || mapping === null)
    return { do: 'superseded' };
  if (letter.delivery?.scope !== scopeOf(connection)) return { do: 'superseded' };
  const same = isSameContent(input, link, dead);
  if (same && dead.replays >= MOST_REPLAYS) return { do: 'parked' };
  return {
    do: 'deliver',
    willFailAgain: same && wasRefused(dead),
    crmCalls: link.remote === null ? CALLS_UNLINKED : CALLS_LINKED,
  };
}

/** Whether a delivery now would send what was given up: the same revision under the same mapping and credentials. */
function isSameContent(
  { record, connection, mapping }: ReplayInput,
  link: LinkHead,
  dead: DeadLetterMark,
): boolean {
  const revision = record?.revision ?? link.wanted;
  return dead.revision === revision && dead.mapping === mapping && dead.connectionEpoch === connection?.epoch;
}

function wasRefused(dead: DeadLetterMark): boolean {
  return dead.fields.length > 0 || !NOT_REFUSED.has(dead.code);
}
