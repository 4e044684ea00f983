import type { Scope } from '../domain/connection.ts';
import type { CrmCopy, OurShare } from '../domain/crm-copy.ts';
import type { EntityKind, RecordKey } from '../domain/entity.ts';
import type {
  Claim,
  CreateIntent,
  Lane,
  Link,
  LinkHead,
  LinkGlance,
  LinkId,
  LinkState,
  Remote,
  RunResult,
} from '../domain/link.ts';
import type { Page } from '../domain/page.ts';
import type { RecordSummary } from '../domain/record.ts';
import type { Run, RunCount, RunMotion } from '../domain/run.ts';

export interface WantedMark {
  readonly scope: Scope;
  readonly connectionId: string;
  readonly userId: string;
  readonly key: RecordKey;
  /** The record's stored revision. */
  readonly wanted: number;
  readonly now: number;
  /** Its turn among the due links of its lane, the earlier the sooner, epoch ms, at most `now`; `now` when absent. */
  readonly turn?: number;
}

export interface LookMark {
  readonly scope: Scope;
  readonly connectionId: string;
  readonly userId: string;
  readonly key: RecordKey;
  readonly lane: Lane;
  readonly now: number;
  /** Set on the link as `{id, result: null}` unless it already carries this run. */
  readonly runId?: string;
  /** Also clears `notBefore` and `attempts`: a person asked, and what follows begins anew. */
  readonly skipBackOff?: boolean;
}

export interface Seen {
  readonly wanted: number;
  readonly marks: number;
}

/** The holder's fields that a settling write sets; absent members stay as they are. */
export interface LinkPatch {
  readonly intent?: CreateIntent | null;
  readonly quietUntil?: number | null;
  readonly notBefore?: number | null;
  readonly attempts?: number;
  readonly waitingSince?: number | null;
  readonly remote?: Remote | null;
  readonly keyHash?: string | null;
  readonly shadow?: Link['shadow'];
  readonly copy?: Link['copy'];
  readonly sought?: Link['sought'];
  readonly strays?: Link['strays'];
  readonly left?: Link['left'];
  readonly dead?: Link['dead'];
  readonly recreatedAt?: number | null;
  readonly wake?: boolean;
  readonly untold?: boolean;
  readonly journal?: number;
  readonly starts?: number;
  /** Written only while the link carries this run. */
  readonly runResult?: { readonly id: string; readonly result: RunResult };
}

/** What settling does to `nextAt`, only while `wanted` and `marks` are as seen; otherwise the link stays due as it is. */
export type NextLook =
  /** Nothing more to do: `nextAt` and `dirtySince` are unset. */
  | { readonly kind: 'rest' }
  /** Look again at this time (epoch ms). */
  | { readonly kind: 'at'; readonly at: number }
  /** Stays due; `lane` becomes `retry` (the patch carries `notBefore`). */
  | { readonly kind: 'back_off' }
  /** Stays due, untouched. */
  | { readonly kind: 'keep' };

export interface Settlement {
  readonly id: LinkId;
  readonly token: string;
  readonly seen: Seen;
  readonly patch: LinkPatch;
  readonly next: NextLook;
}

/** `released`: done as told. `kept`: recorded, but something changed meanwhile, so it stays due. `lost`: the claim was not ours. */
export type SettleResult = 'released' | 'kept' | 'lost';

export interface ClaimRequest {
  readonly scope: Scope;
  /** Null: all of them, the urgent first. */
  readonly lane: Lane | null;
  readonly now: number;
  readonly limit: number;
  readonly claim: Claim;
}

/** What makes another link a neighbour: the CRM's id of its record, the hash of its natural key or of the one that its intent sent. */
export interface NeighbourMarks {
  readonly remoteIds: readonly string[];
  readonly keyHashes: readonly string[];
}

export interface LinkFilter {
  readonly scope: Scope;
  readonly kind?: EntityKind;
  readonly state?: LinkState;
  /** Found in the record's search text, case-insensitively. */
  readonly text?: string;
}

/** A link as a list shows it: without what is large of it and of its record. */
export interface ListedLink {
  readonly link: LinkGlance;
  /** Whether its CRM record is known to say what Zena last said: it has a shadow. */
  readonly isAcknowledged: boolean;
  /** Null where there is none, or it is another user's by now. */
  readonly record: RecordSummary | null;
}

export interface LinkCounts {
  readonly linked: number;
  readonly due: number;
  readonly waiting: number;
  readonly failed: number;
  /** The oldest `dirtySince` of a due link, epoch ms. */
  readonly dirtySince: number | null;
}

/** More in one account that share a mark are a fault of the CRM's data; any of them tells enough. */
export const MOST_KIN = 20;

export interface LinkPart {
  readonly links: ReadonlyMap<LinkId, Link>;
  readonly rest: readonly LinkId[];
}

/** What a create came to. */
export interface MadeRemote {
  readonly remote: Remote;
  readonly keyHash: string | null;
  /** Null: nothing is known of it. */
  readonly copy: CrmCopy | null;
}

export interface LinkStore {
  /**
   * Ingest's mark: makes a link (creating it where absent) due at its `turn` on the lane `live`, or sooner where it was to be,
   * if its `wanted` is lower than the mark's; otherwise changes nothing. `dirtySince` becomes `now` where null. One round trip
   * for all.
   */
  markWanted(marks: readonly WantedMark[]): Promise<void>;
  /**
   * Asks for another look: raises `marks`, makes `nextAt` the lesser of itself and `now`; creates absent links (with wanted 0).
   * A link that was already due keeps its lane where that is more urgent.
   */
  markLook(marks: readonly LookMark[]): Promise<void>;
  /** As `markLook` on the lane `live`, for links that exist only. */
  wake(ids: readonly LinkId[], now: number): Promise<void>;
  read(ids: readonly LinkId[]): Promise<Map<LinkId, Link>>;
  /** As `read`, without what the CRM holds. */
  heads(ids: readonly LinkId[]): Promise<Map<LinkId, LinkHead>>;
  /** As many of them as a page holds by bytes, by ascending id; `rest`: the ids that were not looked at. */
  readPart(ids: readonly LinkId[]): Promise<LinkPart>;
  /** Scopes with a link due at `now` (nextAt, notBefore and quietUntil passed, no claim that still lasts), at most `limit`. */
  dueScopes(now: number, limit: number): Promise<Scope[]>;
  /** Scopes with a link whose `wake` or `untold` is set, at most `limit`: settled, but somebody is still to be told. */
  unfinishedScopes(limit: number): Promise<Scope[]>;
  /**
   * Claims up to `limit` due links of a scope and lane, or of all its lanes, the urgent first; of a lane, oldest `nextAt` first.
   * It ends early with the link by which what is claimed weighs as much as a page holds (`PAGE_BYTES`, as `weightOf` tells it).
   * Claimable: no claim, or a claim of a lower epoch, or one whose `until` has passed. Taking over a claim sets `quietUntil` to at
   * least its `until` in the same write, and of one of a lower epoch, whose process is dead, raises `starts`. Two callers never both get a link.
   */
  claim(request: ClaimRequest): Promise<Link[]>;
  /** Moves the claim's `until`; false when the claim is not ours any more. */
  extendClaim(id: LinkId, token: string, until: number): Promise<boolean>;
  /** Writes the intent before a create is sent; false when the claim is not ours any more: then nothing may be sent. */
  beginCreate(id: LinkId, token: string, intent: CreateIntent): Promise<boolean>;
  /**
   * Writes down that a CRM record was taken as this link's copy, before anything is written to it: `remote` and `keyHash`, with `wake`
   * set. `shadow` and `copy`, which tell of another CRM record or of none, are unset. False when the claim is not ours any more.
   */
  noteRemote(id: LinkId, token: string, remote: Remote, keyHash: string | null): Promise<boolean>;
  /**
   * Writes down what a create came to before anything else is sent for the record, in one write: as `noteRemote`, with what is known of it
   * as `copy`, and without the intent. False when the claim is not ours any more.
   */
  noteMade(id: LinkId, token: string, made: MadeRemote): Promise<boolean>;
  /** Ends a claim. One document write; the claim is gone after it unless `lost`. */
  settle(settlement: Settlement): Promise<SettleResult>;
  /**
   * What a lost claim learned: `remote` is set only where absent; where another id stands, this one is added to `strays`
   * (once), and what of it is ours to `left` where that is told. Returns what happened.
   */
  recordLost(id: LinkId, remote: Remote, ours?: OurShare): Promise<'set' | 'same' | 'stray' | 'absent'>;
  /** Unsets the shadows of these links (not claimed by the caller): a shared CRM record is about to be written by another. */
  clearShadows(ids: readonly LinkId[]): Promise<void>;
  /**
   * As `clearShadows`, the copies as well: the caller has taken over to its own link what of them is ours. Where that is done for the run
   * `overtakenIn`, those of them that ended in that run as created, updated or unchanged end as superseded: the CRM record will not be
   * equal to theirs.
   */
  clearCopies(ids: readonly LinkId[], overtakenIn?: string | null): Promise<void>;
  /**
   * Writes down what is known of the CRM record, before a record that is shared is written to. False when the claim is not ours
   * any more: then nothing may be sent.
   */
  noteCopy(id: LinkId, token: string, copy: CrmCopy): Promise<boolean>;
  /** Writes the copy of another link, whoever holds it: the caller holds the lock of the CRM record that they share. */
  passOurs(to: LinkId, copy: CrmCopy): Promise<void>;
  /**
   * Somebody else changed the CRM records of these links, as a look found at this time (epoch ms): `touchedAt` becomes the greater of
   * itself and `at`. Needs no claim. One round trip for all.
   */
  noteTouched(ids: readonly LinkId[], at: number): Promise<void>;
  /**
   * A connection wrote to this CRM record of a kind at this time (epoch ms): `kinWroteAt` of the links that have it in these scopes, the
   * others of its account, becomes the greater of itself and `at`. Needs no claim. One round trip.
   */
  noteKinWrote(
    scopes: readonly Scope[],
    of: { readonly kind: EntityKind; readonly remoteId: string },
    at: number,
  ): Promise<void>;
  /** Sets `wake` false where set. */
  clearWake(id: LinkId): Promise<void>;
  /** Links of a scope with `wake` set, at most `limit`, and no more than a page holds by bytes. */
  pendingWakes(scope: Scope, limit: number): Promise<Link[]>;
  /** Links of a scope with `untold` set, at most `limit`, and no more than a page holds by bytes. */
  untoldDead(scope: Scope, limit: number): Promise<Link[]>;
  /** Sets `untold` false while the link's dead letter is the one that failed at this time (epoch ms). */
  clearUntold(id: LinkId, failedAt: number): Promise<void>;
  /**
   * Asks for another look at links that rest dead: as `wake`, on the lane `replay`, for those that have `dead` with fewer than
   * `mostReplays` replays and are not due. Others are left alone.
   */
  wakeDead(ids: readonly LinkId[], now: number, mostReplays: number): Promise<number>;
  /**
   * The other links of a link's scope and kind that have any of these marks, each once, in one round trip. What they hold is told of as many as
   * there is room for (`NEIGHBOUR_BYTES`): those beyond are told of without it, as ones of whose CRM record nothing is certain.
   */
  findNeighbours(of: Pick<Link, 'id' | 'scope' | 'kind'>, marks: NeighbourMarks): Promise<Link[]>;
  /**
   * The links of a scope and kind that have any of these CRM records, for a page of up to 1,000 of them: one after another, since what they
   * hold need not be held at once. `visit` must not wait for anything.
   */
  visitByRemote(
    scope: Scope,
    kind: EntityKind,
    remoteIds: readonly string[],
    visit: (link: Link) => void,
  ): Promise<void>;
  /** The links of a scope and kind that left this CRM record for another and know what of it is ours; at most 20. */
  readByLeft(scope: Scope, kind: EntityKind, remoteId: string): Promise<Link[]>;
  /**
   * Links of other scopes that are proven to be of the same CRM account, of the same kind, that have a CRM record and any of these
   * marks: each once, at most 20. Of an intent nothing is asked here: who has no CRM record has nothing to share.
   */
  findKin(of: Pick<Link, 'scope' | 'kind'>, marks: NeighbourMarks): Promise<Link[]>;
  /** Links of a scope that have a CRM record, those first whose record was seen last, as far as that is known, and a page by bytes. */
  sampleLinked(scope: Scope, limit: number): Promise<Link[]>;
  counts(scope: Scope, now: number): Promise<LinkCounts>;
  /** Newest `id` order is not promised: pages by link id, each with what a list shows of its record. */
  list(filter: LinkFilter, now: number, cursor: string | null, limit: number): Promise<Page<ListedLink>>;
  /** Unsets `nextAt`, `notBefore` and the run of every link of the scope: disconnect drops waiting work. */
  dropWork(scope: Scope): Promise<number>;
  /**
   * Takes out what the CRM said of fields, in its own words: of the scope's timelines, of what its links are dead for, and of its dead letters.
   * How many of these had any.
   */
  dropWords(scope: Scope): Promise<number>;
  /** Unsets `nextAt` of links that carry this run without a result and are on the lane `sync` or `replay`; for a cancelled run. */
  dropRun(runId: string): Promise<number>;
  /** Deletes every link of the scope, their timelines, how far its CRM was looked at, and which account it is of. */
  forget(scope: Scope): Promise<number>;
  countRun(runId: string): Promise<RunCount[]>;
  /**
   * What moves among the links that carry this run. `now`: one has still to wake others; or has no result and is claimed, due, or waits
   * out; or has a result other than created, updated, deleted or failed, is claimed or due, and doesn't back off. Else `later`: one has no
   * result and backs off. Else `none`, also where one without a result waits for a reference.
   */
  runMotion(run: Pick<Run, 'runId' | 'scope'>, now: number): Promise<RunMotion>;
  /** Due links over all scopes and the oldest `dirtySince`, for the metrics. */
  backlog(now: number): Promise<{ readonly due: number; readonly dirtySince: number | null }>;
}
