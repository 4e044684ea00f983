import type { DeadLetterKind, DeadLetterStatus } from './dead-letter.ts';
import type { EntityKind } from './entity.ts';

/** Which dead letters; absent members take all. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  readonly kind?: DeadLetterKind;
  readonly code?: string;
  readonly provider?: string;
  readonly userId?: string;
  readonly connectionId?: string;
  readonly entity?: EntityKind;
  readonly entityId?: string;
  /** Latest failure at or after, and before, epoch ms. */
  readonly from?: number;
  readonly to?: number;
  readonly statuses?: readonly DeadLetterStatus[];
}

/** `planned` is a plan that nobody has begun; it can be begun once, until it expires. */
export const REPLAY_STATUSES = [
  'planned',
  'running',
  'completed',
  'completed_with_failures',
  'cancelled',
] as const;
export type ReplayStatus = (typeof REPLAY_STATUSES)[number];

export const ENDED_REPLAY_STATUSES: readonly ReplayStatus[] = [
  'completed',
  'completed_with_failures',
  'cancelled',
];

/** What a replay would do, counted before anything is done. */
export interface ReplayPlan {
  readonly total: number;
  /** Deliveries that will be tried again, with the record's present state. */
  readonly toDeliver: number;
  /** Events that will be read again. */
  readonly toDecode: number;
  /** Their link has moved on: nothing will be sent. */
  readonly superseded: number;
  /** Replayed as often as they may be. */
  readonly parked: number;
  /** Of those to deliver: refused by the CRM before, and nothing has changed since. */
  readonly willFailAgain: number;
  /** Most CRM calls that it can take. */
  readonly crmCalls: number;
}

/** How far a replay is. Deliveries are counted by their links, so that these counts are exact after any crash. */
export interface ReplayCounts {
  readonly walked: number;
  readonly delivering: number;
  readonly delivered: number;
  readonly failedAgain: number;
  readonly decoded: number;
  readonly undecodable: number;
  readonly superseded: number;
  readonly parked: number;
}

/** A replay of dead letters: a resumable cursor over the index, in the order of the letters' latest failures, newest first. */
export interface Replay {
  readonly replayId: string;
  readonly status: ReplayStatus;
  readonly filter: DeadLetterFilter;
  readonly plan: ReplayPlan;
  /** Who asked: claim `sub`. */
  readonly requestedBy: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** A plan can be begun until then, epoch ms. */
  readonly expiresAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Of the index's list; null before the first page and after the last. */
  readonly cursor: string | null;
  /** True once every letter was looked at. */
  readonly walkedAll: boolean;
  /** Counted in the cursor's own write. `delivering`, `delivered` and `failedAgain` are derived from links while it runs. */
  readonly counts: ReplayCounts;
  /** Raised by every write: the store's compare-and-set. */
  readonly revision: number;
}

export const NO_REPLAY_COUNTS: ReplayCounts = {
  walked: 0,
  delivering: 0,
  delivered: 0,
  failedAgain: 0,
  decoded: 0,
  undecodable: 0,
  superseded: 0,
  parked: 0,
};
