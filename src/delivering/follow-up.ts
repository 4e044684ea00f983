import { MOST_REPLAYS, type DeadLetter } from '../domain/dead-letter.ts';
import type { RecordKey } from '../domain/entity.ts';
import { linkId, type DeadLetterMark, type Lane, type Link } from '../domain/link.ts';
import { ownOnly } from '../domain/may-see.ts';
import type { ZenaRecord } from '../domain/record.ts';
import type { DeliveryParts, Round } from './round.ts';

/** What a delivery of one link means for others: links that must be looked at, records that point at it, people. */
export interface FollowUp {
  /** Asks for another look at the links of these records, in this connection. */
  markLooks(keys: readonly RecordKey[], lane: Lane): Promise<void>;
  /**
   * Tells the records that point at this one that its CRM id appeared, changed or went; they take its turn, so that none is
   * behind an import that this one was set before. The link's `wake` flag was set in the write
   * that changed the id and is cleared only after all were told, so a crash in between tells them again.
   */
  wakeReferrers(link: Pick<Link, 'id' | 'key' | 'nextAt'>): Promise<void>;
  /**
   * Brings a link's dead letter into the index and the topic. The link is the outbox: it says so until both have it, so that a
   * successor tells it again where this process died in between; the index has it once all the same.
   */
  tellDead(link: Link, dead: DeadLetterMark, record: ZenaRecord | null): Promise<void>;
  /** Tells on where earlier processes died. */
  finish(): Promise<void>;
}

/** Referrers told in one go. */
const REFERRERS_A_PAGE = 500;
/** Links whose telling was left off, read in one go. */
const LINKS_A_PAGE = 100;

export function createFollowUp(
  { store, clock, outlets }: Pick<DeliveryParts, 'store' | 'clock' | 'outlets'>,
  { connection, scope, state }: Pick<Round, 'connection' | 'scope' | 'state'>,
): FollowUp {
  const { connectionId, owner, provider } = connection;

  async function wakeReferrers({ id, key, nextAt }: Pick<Link, 'id' | 'key' | 'nextAt'>): Promise<void> {
    let after: RecordKey | null = null;
    for (;;) {
      const keys: RecordKey[] = await store.records.referrers(owner.id, key, after, REFERRERS_A_PAGE);
      if (keys.length > 0) {
        await store.links.wake(
          keys.map((referrer) => linkId(scope, referrer)),
          Math.min(nextAt ?? clock.now(), clock.now()),
        );
        state.nudge();
      }
      if (keys.length < REFERRERS_A_PAGE) break;
      after = keys.at(-1) ?? null;
    }
    await store.links.clearWake(id);
  }

  async function tellDead(link: Link, dead: DeadLetterMark, record: ZenaRecord | null): Promise<void> {
    try {
      // The letter names the link's user: of a record that is another's by now it says nothing.
      const own = ownOnly(owner, record);
      const letter = letterOf(link, dead, provider, own);
      await store.deadLetters.put([letter]);
      await outlets.deadLetterTopic.publish([{ letter, record: own }]);
      await store.links.clearUntold(link.id, dead.at);
    } catch (error) {
      // It stays untold, and a sweep finds it: what failed here must not undo the delivery's end.
      outlets.onError('dead_letter_untold', error);
    }
  }

  async function finishWakes(): Promise<void> {
    for (;;) {
      const links = await store.links.pendingWakes(scope, LINKS_A_PAGE);
      for (const link of links) await wakeReferrers(link);
      // A page may end by its bytes: only an empty one says that there are no others.
      if (links.length === 0) return;
    }
  }

  async function finishTelling(): Promise<void> {
    const links = await store.links.untoldDead(scope, LINKS_A_PAGE);
    for (const link of links) {
      // One at a time, which is rare: each may be large.
      const records = await store.records.read([link.key]);
      if (link.dead !== null) await tellDead(link, link.dead, records.get(link.key) ?? null);
    }
  }

  return {
    async markLooks(keys, lane) {
      const now = clock.now();
      await store.links.markLook(
        keys.map((key) => ({ scope, connectionId, userId: owner.id, key, lane, now })),
      );
      state.nudge();
    },
    wakeReferrers,
    tellDead,
    async finish() {
      await finishWakes();
      await finishTelling();
    },
  };
}

function letterOf(link: Link, dead: DeadLetterMark, provider: string, record: ZenaRecord | null): DeadLetter {
  const { id: linkId, scope, connectionId, userId } = link;
  const { revision, mapping } = dead;
  return {
    id: dead.id,
    kind: 'deliver',
    code: dead.code,
    detail: dead.detail,
    fields: dead.fields,
    attempts: dead.attempts,
    replays: dead.replays,
    status: dead.replays >= MOST_REPLAYS ? 'parked' : 'open',
    firstFailedAt: dead.firstAt,
    failedAt: dead.at,
    source: record?.place ?? null,
    key: null,
    value: null,
    entity: link.kind,
    entityId: link.entityId,
    delivery: { linkId, scope, connectionId, userId, provider, revision, mapping },
  };
}
