import { changeEnvelope } from '../domain/events/change-envelope.ts';
import { decodeChange, isEntityKind } from '../domain/events/decode-change.ts';
import type { Change } from '../domain/change-event.ts';
import { changesRecord, type ChangeVerdict } from '../domain/record.ts';
import { StoreUnavailable } from '../state-store/state-store.port.ts';
import type { IntegrationPorts } from './integration.port.ts';
import { failed, type Outcome, success } from './integration-failure.ts';

/** Stands for a line of NDJSON that is no JSON. */
export const UNREADABLE_LINE = Symbol('unreadable line');

/** Stands for a line of NDJSON that has more levels than are read. */
export const TOO_DEEP_LINE = Symbol('line of too many levels');

export interface RejectedChange {
  /** Its place in what was sent, from 0. */
  readonly index: number;
  readonly code: string;
  /** Names the place and the fault, never the value. */
  readonly message: string;
}

export interface TakenChanges {
  readonly accepted: number;
  /** Null when the feed doesn't tell. */
  readonly stale: number | null;
  readonly rejected: readonly RejectedChange[];
}

export const MOST_CHANGES = 1_000;

/** Puts change events into the feed, for whichever users they name; the malformed ones are left out and told. */
export async function takeChanges(
  ports: Pick<IntegrationPorts, 'intake' | 'clock' | 'logger' | 'store'>,
  items: readonly unknown[],
): Promise<Outcome<TakenChanges>> {
  if (items.length > MOST_CHANGES) return failed({ code: 'TOO_MANY' });
  const changes: Change[] = [];
  const rejected: RejectedChange[] = [];
  for (const [index, item] of items.entries()) {
    await ports.store.breathe();
    const read = readChange(item, ports);
    if (read.ok) changes.push(read.change);
    else rejected.push({ index, code: read.code, message: read.message });
  }
  if (changes.length === 0) return success({ accepted: 0, stale: 0, rejected });
  const published = await publish(ports, changes);
  if (!published.ok) return published;
  const verdicts = published.value;
  const stale = verdicts?.filter((verdict) => !changesRecord(verdict)).length ?? null;
  return success({ accepted: changes.length - (stale ?? 0), stale, rejected });
}

async function publish(
  { intake, logger }: Pick<IntegrationPorts, 'intake' | 'logger'>,
  changes: readonly Change[],
): Promise<Outcome<readonly ChangeVerdict[] | null>> {
  try {
    return success(await intake.publisher.publish(changes));
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    logger.error('changes.publish_failed', { errorName: name, errorMessage: message });
    return failed({ code: 'FEED_UNAVAILABLE' });
  }
}

type ReadChange =
  | { readonly ok: true; readonly change: Change }
  | { readonly ok: false; readonly code: string; readonly message: string };

function readChange(
  item: unknown,
  { intake: { maxEventBytes }, clock }: Pick<IntegrationPorts, 'intake' | 'clock'>,
): ReadChange {
  if (item === UNREADABLE_LINE) return { ok: false, code: 'INVALID_JSON', message: '/: not JSON' };
  if (item === TOO_DEEP_LINE) return { ok: false, code: 'TOO_COMPLEX', message: '/: nested too deeply' };
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return { ok: false, code: 'INVALID_EVENT', message: '/: not an object' };
  }
  const entity = 'entity' in item ? item.entity : undefined;
  if (!isEntityKind(entity)) {
    return { ok: false, code: 'INVALID_EVENT', message: '/entity: neither contact, property nor deal' };
  }
  const size = sizeOf(item);
  if (size > maxEventBytes) return tooLarge(maxEventBytes);
  const decoded = decodeChange(entity, item, null, clock.now());
  if (!decoded.ok) return decoded;
  const { event } = decoded;
  // What goes into the feed has its defaults spelt out, and must be readable there, too.
  const mayBeLarger = size * MOST_GROWTH > maxEventBytes;
  if (mayBeLarger && sizeOf(changeEnvelope(event)) > maxEventBytes) return tooLarge(maxEventBytes);
  return { ok: true, change: { type: 'event', event, place: null } };
}

/** How much longer an event can be with its defaults spelt out, ten times what is known to be; so what is small is measured once. */
const MOST_GROWTH = 16;

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function tooLarge(maxEventBytes: number): ReadChange {
  return { ok: false, code: 'TOO_LARGE', message: `/: more than the ${maxEventBytes} bytes that are read` };
}
