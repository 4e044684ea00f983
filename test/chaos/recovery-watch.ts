import { setTimeout as sleep } from 'node:timers/promises';
import type { CrmProcess } from './stage/crm-process.ts';
import {
  createWriteReview,
  type Landing,
  type WriteFindings,
  type WriteReview,
} from './model/write-review.ts';

/** The CRMs' writes as they come, and the probes among them. */
export interface RecoveryWatch {
  /** What was found in the writes of all CRMs so far. */
  findings(): WriteFindings;
  /** Rejects when a CRM can't be watched any more. */
  readonly looking: Promise<unknown>;
  /** Notes that a user's probe of that version was sent now. */
  sent(userId: string, version: number): void;
  /**
   * How long after `since` a probe that was sent later came to stand in every CRM, ms; null: not within `withinMs`.
   * Probes are sent a second apart, so it is up to that much too long.
   */
  recovered(since: number, withinMs: number): Promise<number | null>;
  /** Looks at what is left, and stops; once more does nothing. */
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 200;

export interface WatchedCrm {
  readonly crm: CrmProcess;
  /** Whose probe goes there. */
  readonly userId: string;
}

export function watchRecovery(watched: readonly WatchedCrm[]): RecoveryWatch {
  const reviews = watched.map(() => createWriteReview());
  const probes = new Map(watched.map(({ userId }) => [userId, [] as { version: number; at: number }[]]));
  const landed = new Map<string, Landing[]>();
  let open = true;

  async function look(index: number): Promise<void> {
    const review = reviews[index] as WriteReview;
    const { crm, userId } = watched[index] as WatchedCrm;
    const writes = await crm.writesAfter(review.last());
    const identity = `contact probe@${userId}.example.test`;
    const landings = review.take(writes ?? []).filter((each) => each.identity === identity);
    landed.set(userId, [...(landed.get(userId) ?? []), ...landings].slice(-500));
  }

  async function keepLooking(index: number): Promise<void> {
    while (open) {
      await look(index);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** When the first probe sent since then, or a later one in its place, stood in this user's CRM. */
  function landingAfter(userId: string, since: number): number | null {
    const first = probes.get(userId)?.find(({ at }) => at >= since);
    if (first === undefined) return null;
    return landed.get(userId)?.find(({ version }) => version >= first.version)?.at ?? null;
  }

  const looking = Promise.all(watched.map((_, index) => keepLooking(index)));
  // Whoever waits for it hears of a failure; until then it must not end the process.
  looking.catch(() => undefined);
  return {
    looking,
    findings: () => sumOf(reviews.map((review) => review.findings())),
    sent(userId, version) {
      const kept = probes.get(userId);
      kept?.push({ version, at: Date.now() });
      if (kept && kept.length > 1_000) kept.shift();
    },
    async recovered(since, withinMs) {
      while (Date.now() - since < withinMs) {
        const times = watched.map(({ userId }) => landingAfter(userId, since));
        if (times.every((time) => time !== null)) return Math.max(...times.map(Number)) - since;
        await sleep(100);
      }
      return null;
    },
    async close() {
      if (!open) return;
      open = false;
      await looking;
      await Promise.all(watched.map((_, index) => look(index)));
    },
  };
}

function sumOf(all: readonly WriteFindings[]): WriteFindings {
  const total = (name: 'creates' | 'writes' | 'removes') => all.reduce((sum, each) => sum + each[name], 0);
  return {
    creates: total('creates'),
    writes: total('writes'),
    removes: total('removes'),
    duplicates: all.flatMap((each) => each.duplicates),
    staleOverwrites: all.flatMap((each) => each.staleOverwrites),
    leakedIds: all.flatMap((each) => each.leakedIds),
  };
}
