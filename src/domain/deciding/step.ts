import type { Connection } from '../connection.ts';
import type { CrmCopy, OurShare } from '../crm-copy.ts';
import type { RecordKey } from '../entity.ts';
import type { JsonObject } from '../json.ts';
import type { IntentJob, Link, LinkId, Remote } from '../link.ts';
import type { Draft, DraftRefusal, FieldSharings } from '../mapping.ts';
import type { TextFates } from '../merging/appended-texts.ts';
import type { MergedFields } from '../merging/merge-fields.ts';
import type { References } from '../reference.ts';
import type { CrmFields, NaturalKey, RemoteHit, SoughtKey } from '../remote-record.ts';
import type { KnownRecord, ZenaRecord } from '../record.ts';
import type { PartFacts } from './later-parts.ts';

/** Another link of the same scope and kind that shares a CRM record or a natural key with the one planned. */
export interface Neighbour {
  readonly link: Link;
  readonly record: KnownRecord | null;
  /** The keys that its record has by now; only told where its link is remembered by another than the one planned, or may have another. */
  readonly keys?: readonly NaturalKey[];
}

/** What the CRM is known to do, as far as planning needs it. */
export interface CrmFacts {
  readonly searchLagMs: number;
  /** Whether it keeps records of this kind at all. */
  readonly supportsKind: boolean;
  readonly canDelete: boolean;
  /** Whether it shows a record by its id. */
  readonly canRead: boolean;
  readonly canListChanges: boolean;
  /** It can't be asked for a record by its key. */
  readonly unsearchable?: boolean;
  readonly sharings: FieldSharings;
  /** What is sent after the core, in its order. */
  readonly parts: readonly PartFacts[];
  /** Whether an update of the core needs the record as it stands. */
  readonly readsFirst: boolean;
  /** Whether what a key that needs agreement found is the record; null: never. */
  readonly agrees: ((found: CrmFields, draft: CrmFields) => boolean) | null;
  /** The connector's mapping version: an acknowledgement under another one was taken by another program. */
  readonly mapping: string;
}

/** What this delivery saw in the CRM so far. */
export interface SeenInCrm {
  /** By the hash of the key that was looked for. */
  readonly found: ReadonlyMap<string, readonly RemoteHit[]>;
  /** What a listing found that looked for an unanswered create; null before it. */
  readonly listed: readonly RemoteHit[] | null;
  /** CRM records that are proven to be gone: nobody's link and no search can bring them back. */
  readonly gone: ReadonlySet<string>;
  /** CRM records that a write or a delete was told are gone, which nothing has proven yet. */
  readonly denied: ReadonlySet<string>;
  /** CRM records as read by their id; null: the CRM says that there is none. */
  readonly reads: ReadonlyMap<string, CrmFields | null>;
  /** CRM records as searches showed them whole: an index may be behind, so what is known better wins. */
  readonly shown: ReadonlyMap<string, CrmFields>;
  /** What else people can enter there, of those that were read by their id. */
  readonly rests: ReadonlyMap<string, CrmFields>;
  /** The texts that a part of the CRM record in question has, by the part's name and that record's id (`listedAs`). */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** CRM records to which a part was written. */
  readonly written: ReadonlyMap<string, WrittenInPart>;
  /** CRM records that the CRM named instead of making what it was sent. */
  readonly existing: ReadonlySet<string>;
  /** Our own CRM record that was left for an older one; null where there is none. */
  readonly left: LeftRecord | null;
}

/** A CRM record of which this delivery wrote a part, and has more to write. */
export interface WrittenInPart {
  /** What was in doubt before and is yet to be sent; null: nothing. */
  readonly doubt: CrmFields | null;
  /** Whether what it holds is known by that. */
  readonly isKnown: boolean;
}

export interface LeftRecord {
  readonly remoteId: string;
  /** What it was last known to hold; null: that isn't known. */
  readonly held: CrmFields | null;
  /** What of that this program put there. */
  readonly ours: OurShare;
  /** How often the CRM said that it is gone while a read still showed it. */
  readonly denials: number;
}

/** How far people's changes in the CRM are known for this kind of record. */
export interface LooksView {
  /** Copies from before this time may have changed unseen, epoch ms. */
  readonly from: number;
  /** The last look is too old for a write. */
  readonly due: boolean;
  /** When a look noticed that somebody else changed the link's CRM record, epoch ms. */
  readonly touchedAt: number | null;
}

/** What the other connections of the CRM account did. */
export interface AccountView {
  /** CRM records that their links stand for, by the hash of a natural key, whatever they are remembered by. */
  readonly known: ReadonlyMap<string, string>;
  /** Whether one of them stands for this link's CRM record with a record that lives. */
  readonly shared: boolean;
  /** Of a record that was deleted: what others had in its CRM record whose own were deleted before, and who left it for this one. */
  readonly inherited: Inheritance | null;
  /** CRM records as their links know them, by id, where they know better than this link: for what is only thought through. */
  readonly held: ReadonlyMap<string, CrmFields>;
}

export interface Inheritance {
  /** Whether one of them made the CRM record, and may remove what it made. */
  readonly made: boolean;
  readonly copies: readonly CrmCopy[];
}

export interface PlanInput {
  readonly now: number;
  readonly link: Link;
  readonly record: ZenaRecord | null;
  readonly connection: Pick<Connection, 'owner' | 'syncConfig'>;
  readonly crm: CrmFacts;
  readonly references: References;
  /** Null when there is no live record to send. */
  readonly draft: Draft | null;
  readonly neighbours: readonly Neighbour[];
  readonly seen: SeenInCrm;
  /** Null: the CRM can't list what was changed, so every record is read before it is written. */
  readonly looks: LooksView | null;
  readonly account: AccountView;
  readonly hints: PlanHints;
}

export interface PlanHints {
  /** What the CRM record was last known to be found by. */
  readonly lastKeys: readonly NaturalKey[];
  /** What its neighbours' CRM records were last known to be found by, also of those that are deleted. */
  readonly neighbourKeys: readonly NaturalKey[];
  /** Whether a record of the owner refers to this one; only told where its kind isn't synced. */
  readonly referred: boolean;
  /** What an unanswered create was remembered by says nothing, by the present rules, of whose it is (a placeholder). */
  readonly intentKeyless: boolean;
  /** It was remembered by what is only a match where another field agrees. */
  readonly intentNeedsAgreement: boolean;
}

export type RestReason =
  | 'unchanged'
  | 'superseded'
  | 'not_synced'
  | 'unsupported'
  | 'not_owner'
  | 'deleted'
  | 'kept_in_crm'
  | 'kept_for_people'
  | 'kept_for_connection'
  | 'nothing_to_deliver'
  | 'sent_once'
  | 'unlinked';

/** The next thing to do for a link. Every step is small, so that each leaves the link in a state that a successor can go on from. */
export type Step =
  /** `theirs`: what people entered, where that is why. */
  | { readonly do: 'rest'; readonly reason: RestReason; readonly theirs?: JsonObject }
  | {
      readonly do: 'wait';
      readonly until: number;
      readonly reason: 'quiet' | 'create_uncertain' | 'in_job' | 'waiting_for_twin';
    }
  /** Ask for records that it refers to and that are on nobody's list. */
  | { readonly do: 'mark_references'; readonly keys: readonly RecordKey[] }
  | { readonly do: 'wait_for_references'; readonly until: number }
  /** `also`: the same key in other writings, asked for where nothing is found by the first. */
  | { readonly do: 'look'; readonly key: SoughtKey; readonly also?: readonly SoughtKey[] }
  | { readonly do: 'list_changed'; readonly since: number }
  /** Ask the job that its create went with what became of it. */
  | { readonly do: 'look_at_job'; readonly job: IntentJob }
  /** See what people changed in the CRM since the last look at this kind of record. */
  | { readonly do: 'look_at_changes' }
  /** Read the CRM record whole. `known`: what it was last known to hold, to say what people changed; null where that isn't known. */
  /** `coreOnly`: the core is written next, and what later parts hold is as it was last known. */
  | {
      readonly do: 'read';
      readonly remoteId: string;
      readonly known: CrmFields | null;
      readonly coreOnly?: true;
    }
  /** A record that is only looked up was not found. `keyHash`: the first key; empty where there is none. */
  | { readonly do: 'not_found'; readonly keyHash: string }
  /** Remember a CRM record that exists; the next plan updates it. `matches`: how many there were to choose from. */
  | {
      readonly do: 'link';
      readonly remote: Remote;
      readonly keyHash: string | null;
      readonly matches: number;
      /** Where it was found: what it holds. */
      readonly hit: RemoteHit | null;
    }
  /** Take an older CRM record than the one that we made before we knew what to look for. */
  | {
      readonly do: 'relink';
      readonly remote: Remote;
      readonly keyHash: string;
      readonly leaves: LeftRecord;
    }
  /** Remove our own record that was left for an older one. */
  | { readonly do: 'remove_left'; readonly remoteId: string }
  /** It is gone already. */
  | { readonly do: 'left_gone'; readonly remoteId: string }
  /** It stays, since people changed it or deletes aren't wanted: shown as a duplicate. */
  | { readonly do: 'keep_left' }
  /** The earlier create certainly had no effect. */
  | { readonly do: 'drop_intent' }
  /** `left`: fields that later parts bring there. */
  | {
      readonly do: 'create';
      readonly draft: Draft;
      readonly merged: MergedFields;
      readonly left: readonly string[];
    }
  /** `part`: the later part that is written; null: the core. */
  | (PlannedWrite & { readonly do: 'update'; readonly part: string | null })
  /** `fates`: what became of the part's texts before this one. */
  | (PlannedWrite & {
      readonly do: 'append';
      readonly part: string;
      readonly field: string;
      readonly item: string;
      readonly fates: TextFates;
    })
  /** Ask for the texts that an appending part has. */
  | { readonly do: 'list_part'; readonly part: string; readonly remoteId: string }
  /** It can't be sent as it is, which is known before anything is asked. */
  | { readonly do: 'refuse'; readonly refusals: readonly DraftRefusal[] }
  /** The CRM holds just this already. */
  | {
      readonly do: 'confirm';
      readonly remoteId: string;
      readonly draft: Draft;
      readonly merged: MergedFields;
      readonly held: CrmFields;
      readonly before: JsonObject | null;
      readonly assumed: readonly string[];
    }
  /** `copy`: what is known of it, with all that people lose by it as `before`. */
  | { readonly do: 'delete'; readonly remoteId: string; readonly copy: CrmCopy }
  /** The CRM record is proven to be gone. `before`: what people are known to have lost by it, by all who had it. */
  | { readonly do: 'lost'; readonly remoteId: string; readonly before: JsonObject | null }
  /** What the CRM says contradicts itself, or its index is behind: asked again after the search lag. */
  | { readonly do: 'look_again'; readonly code: LookAgainCode; readonly detail: string }
  /** Forget the CRM record without touching it; `tell`: its other links, which write their content next. */
  | { readonly do: 'unlink'; readonly tell: readonly LinkId[]; readonly pass: CrmCopy | null }
  | { readonly do: 'give_up'; readonly code: GiveUpCode; readonly detail: string };

export type GiveUpCode = 'CREATE_AMBIGUOUS' | 'TAKEN_IN_CRM';

/** One request of a write to a CRM record that is there. */
export interface PlannedWrite {
  readonly remoteId: string;
  readonly draft: Draft;
  /** All of the record, with what this request doesn't bring there. */
  readonly merged: MergedFields;
  /** What the CRM holds as far as known, and whose it was. */
  readonly held: CrmFields;
  readonly before: JsonObject | null;
  /** What was known of it before this write. */
  readonly former: CrmCopy;
  readonly changed: readonly string[];
  /** Fields that differ and that this request doesn't bring there. */
  readonly left: readonly string[];
  /** What was in doubt before; null: nothing was. */
  readonly heldBefore: CrmFields | null;
  /** Other links of the CRM record, whose shadows must be unset before the write. */
  readonly overwrites: readonly LinkId[];
  /** Whether `held` was read or written in this delivery, or else is known to be as it is. */
  readonly isKnown: boolean;
  /** Fields of which a text was sent without an answer and can't be looked for: it is taken to be there. */
  readonly assumed: readonly string[];
}

export type LookAgainCode = 'GONE_CONTRADICTED' | 'GONE_UNPROVEN';
