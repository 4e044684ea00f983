import type { SyncConfig } from '../../../src/domain/connection.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { VaultSettings } from '../../../src/sandbox/mri-vault/vault-settings.ts';
import type { SimParts } from '../crm/sim-parts.ts';
import type { CrmSaying } from '../crm/crm-sayings.ts';
import type { BodySpec } from '../crm/content-marker.ts';
import type { CallFate } from '../crm/crm-wire.ts';
import type { DeathPoint } from '../time/process-life.ts';

/** One thing that happens to the system from outside, `at` ms after its start. `who` counts the processes that live then. */
export type SimAction = { readonly at: number } & (
  | {
      readonly do: 'event';
      readonly kind: EntityKind;
      readonly entityId: string;
      readonly user: string;
      readonly version: number;
      /** Null: a DELETE. */
      readonly body: BodySpec | null;
    }
  | { readonly do: 'null_value'; readonly kind: EntityKind; readonly entityId: string }
  | { readonly do: 'unreadable'; readonly kind: EntityKind; readonly entityId: string }
  | { readonly do: 'crash'; readonly who: number; readonly calls: number; readonly point: DeathPoint }
  | { readonly do: 'freeze'; readonly who: number; readonly ms: number }
  | { readonly do: 'stop'; readonly who: number }
  | { readonly do: 'start' }
  | {
      readonly do: 'store_fails';
      readonly ms: number;
      readonly rate: number;
      readonly point: DeathPoint | 'either';
      readonly who: number | null;
    }
  | { readonly do: 'topic_fails'; readonly ms: number }
  | {
      readonly do: 'crm_fails';
      readonly ms: number;
      readonly host: string;
      readonly rate: number;
      readonly fates: readonly CallFate[];
    }
  /** For a while, or so many times, the CRM or what stands before it answers this. */
  | ({ readonly do: 'crm_says'; readonly ms: number } & Omit<CrmSaying, 'from' | 'until'>)
  /** People change the CRM record that holds an entity's content now. */
  | { readonly do: 'people_edit'; readonly entityId: string; readonly edit: PeopleEdit }
  | { readonly do: 'people_remove'; readonly kind: EntityKind; readonly entityId: string }
  | {
      readonly do: 'people_make';
      readonly kind: EntityKind;
      readonly entityId: string;
      /** Absent: a key that others have, too, and nothing of people's own. */
      readonly made?: { readonly key: string; readonly fields: JsonObject };
    }
  | {
      readonly do: 'people_merge';
      readonly entityId: string;
      readonly into: string;
      /** Absent: the one is removed, and nothing is taken over from it. */
      readonly answer?: 'gone' | 'alias';
    }
  | {
      readonly do: 'connection';
      readonly user: string;
      readonly who: number;
      readonly use: 'pause' | 'resume' | 'disconnect' | 'connect' | 'sync' | 'deliver_now';
      readonly entityId?: string;
    }
  /** From now on the CRM takes what it refused before. */
  | { readonly do: 'crm_relents' }
  | { readonly do: 'replay'; readonly who: number }
);

/** One thing that somebody changes in a record. */
export type PeopleEdit =
  | { readonly what: 'value'; readonly field: string; readonly value: Json }
  /** A line of their own, before or behind what stands there. */
  | { readonly what: 'line'; readonly text: string; readonly place: 'first' | 'last' }
  /** They write something else where a line of Zena's stood, or take it out. */
  | { readonly what: 'change_line'; readonly which: number; readonly text: string | null }
  /** Somebody whom Zena doesn't know, put into a list. */
  | { readonly what: 'reference'; readonly field: string }
  /** A milestone or a flag of their own, put into a list. */
  | { readonly what: 'item'; readonly field: string; readonly value: Json };

export interface SimUser {
  readonly name: string;
  readonly host: string;
  /** What the CRM counts limits by, within a host. */
  readonly budget: string;
  readonly deletions: SyncConfig['deletions'];
}

/** A whole simulation: the same plan, the same history. */
export interface SimPlan {
  readonly seed: number;
  readonly users: readonly SimUser[];
  readonly workers: number;
  readonly partitions: number;
  readonly retryDelaysMs: readonly number[];
  /** How long the search takes to know a change, at most, ms; never more than the connector declares. */
  readonly lagMs: number;
  /** What the CRMs are like; absent: as the simulation's are unless it is told. */
  readonly modes?: Partial<VaultSettings>;
  /** The CRMs take a contact in several requests; absent: in one. */
  readonly parts?: SimParts;
  /** When the faults end, ms. */
  readonly until: number;
  readonly actions: readonly SimAction[];
}
