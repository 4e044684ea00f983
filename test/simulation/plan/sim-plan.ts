import type { SyncConfig } from '../../../src/domain/connection.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
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
  | { readonly do: 'people_remove'; readonly kind: EntityKind; readonly entityId: string }
  | { readonly do: 'people_make'; readonly kind: EntityKind; readonly entityId: string }
  | { readonly do: 'people_merge'; readonly entityId: string; readonly into: string }
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
  /** When the faults end, ms. */
  readonly until: number;
  readonly actions: readonly SimAction[];
}
