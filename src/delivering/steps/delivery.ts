import type { ConnectorKind, CrmHttp } from '../../connectors/connector.port.ts';
import type { OurShare } from '../../domain/crm-copy.ts';
import type { AccountView, Neighbour, SeenInCrm, Step } from '../../domain/deciding/step.ts';
import type { RecordKey } from '../../domain/entity.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { CreateIntent, Link, Remote, RunResult, Shadow } from '../../domain/link.ts';
import type { Draft } from '../../domain/mapping.ts';
import type { Failure, FieldError } from '../../domain/outcome.ts';
import { markedReferences } from '../../domain/reference.ts';
import type { TimelineCode } from '../../domain/timeline.ts';
import type { LinkPatch } from '../../state-store/link-store.port.ts';
import type { Desired } from './gather.ts';

/** One claimed link on its way: a value, of which each step makes the next. */
export interface Delivery {
  /** As it was claimed. */
  readonly claimed: Link;
  /** With everything that was learned since. */
  readonly link: Link;
  /** What was learned, as the settling write will record it. */
  readonly learned: Learned;
  readonly notes: readonly Note[];
  readonly desired: Desired;
  readonly neighbours: readonly Neighbour[];
  readonly account: AccountView;
  readonly seen: SeenInCrm;
  /** When the present step began, epoch ms: what got through after that shows that the connection works. */
  readonly stepAt: number;
  /** Null: the CRM has no records of this kind. */
  readonly kind: ConnectorKind | null;
  readonly http: CrmHttp;
  readonly gate: SendingGate;
  /** What it wrote so far of a record that takes several requests; null: nothing. */
  readonly progress: Progress | null;
}

/** What the CRM acknowledged before the record was whole. */
export interface Progress {
  readonly what: 'created' | 'updated';
  readonly changed: readonly string[];
  /** People's values that it took the place of. */
  readonly replaced: JsonObject;
  /** The CRM record, where this delivery's own create made it. */
  readonly made: Remote | null;
}

/** What the steps tell the gate, and ask it, of what they send. */
export interface SendingGate {
  /** From now on a request is a create of this draft: its intent is written right before it goes out. */
  announceCreate(draft: SentDraft): void;
  /** The intent that was written; null when no create went out. */
  written(): CreateIntent | null;
  /** The create was answered, or wasn't: what goes out from now on is none. */
  endCreate(): void;
  /** From now on a request is a write of which nobody may hear the end. */
  announceWrite(): void;
  /** When no effect of a write that went out since it was announced can appear any more, epoch ms; null when none did. */
  sentUntil(): number | null;
}

/** What goes out in a create, and what it is found by. */
export interface SentDraft extends Pick<Draft, 'fields' | 'keys'> {
  /** What of the CRM record is ours once it is made. */
  readonly share: OurShare;
}

/** What a delivery notes as it goes; numbered and stamped when written. */
export interface Note {
  readonly code: TimelineCode;
  readonly detail: string;
  readonly reason?: string | null;
  readonly changed?: readonly string[];
  readonly replaced?: JsonObject;
  readonly errors?: readonly FieldError[];
  readonly latencyMs?: number | null;
}

/** As far as a delivery is before it has anything to speak through. */
export type UnsentDelivery = Omit<Delivery, 'http'>;

export type Learned = Omit<LinkPatch, 'runResult' | 'wake' | 'journal'>;

/** What one step came to: what it learned, what there is to say, and how the delivery ends, if it does. */
export interface StepResult {
  readonly learned?: Learned;
  readonly seen?: Partial<SeenInCrm>;
  readonly notes?: readonly Note[];
  readonly progress?: Progress;
  /** Records that it refers to, asked for by now. */
  readonly marked?: readonly RecordKey[];
  /** Absent: the next step is planned. */
  readonly end?: DeliveryEnd;
}

export type DeliveryEnd =
  /** Nothing is left to do. */
  | { readonly kind: 'rest'; readonly result: RunResult }
  /** The CRM acknowledged it. `made`: the CRM record, where this delivery's own create made it. */
  | {
      readonly kind: 'written';
      readonly what: 'created' | 'updated' | 'deleted';
      readonly changed: readonly string[];
      /** People's values that it took the place of. */
      readonly replaced: JsonObject;
      readonly made: Remote | null;
      /** It ends what was made in an earlier delivery, which is what a run is told. */
      readonly isFinished?: true;
    }
  /** Stays due; nothing is sent before `quietUntil` (epoch ms; absent: as it stands). `result`: what a run is told meanwhile. */
  | { readonly kind: 'hold'; readonly quietUntil?: number; readonly result?: RunResult }
  /** A record that it refers to is on its way: looked at again at this time, epoch ms. */
  | { readonly kind: 'wait_for_references'; readonly until: number }
  /** A retry whose time has not come, epoch ms. */
  | { readonly kind: 'postponed'; readonly notBefore: number }
  /** A create went out and got no answer; it is looked for from `quietUntil` on, epoch ms. */
  | { readonly kind: 'uncertain'; readonly failure: Failure; readonly quietUntil: number }
  /** Its create went with a job, which is looked at from this time on, epoch ms. */
  | { readonly kind: 'in_job'; readonly lookAgainAt: number }
  /** The CRM contradicts itself, or its search is behind: asked again after the search lag, and after that as any retry. */
  | { readonly kind: 'look_again'; readonly failure: Failure }
  /** A call failed; what that means for the record is decided when it is settled. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'given_up'; readonly code: string; readonly detail: string };

/** Takes what a step came to into the delivery. */
export function afterStep(
  delivery: Delivery,
  { learned, seen, notes, progress, marked }: StepResult,
): Delivery {
  const { desired } = delivery;
  return {
    ...delivery,
    link: { ...delivery.link, ...learned },
    learned: { ...delivery.learned, ...learned },
    desired:
      marked === undefined
        ? desired
        : { ...desired, references: markedReferences(desired.references, marked) },
    seen: { ...delivery.seen, ...seen },
    notes: [...delivery.notes, ...(notes ?? [])],
    progress: progress === undefined ? delivery.progress : joined(delivery.progress, progress),
  };
}

/** All that one delivery wrote: what it made is made, whatever came after. */
export function joined(before: Progress | null, now: Progress): Progress {
  if (before === null) return now;
  return {
    what: before.what === 'created' ? before.what : now.what,
    changed: [...new Set([...before.changed, ...now.changed])],
    replaced: { ...now.replaced, ...before.replaced },
    made: before.made ?? now.made,
  };
}

export type StepOf<K extends Step['do']> = Extract<Step, { do: K }>;

export function failed(failure: Failure, learned: Learned = {}): StepResult {
  return { learned, end: { kind: 'failed', failure } };
}

/** No plan asks a CRM for what it doesn't have. */
export function there(kind: ConnectorKind | null): ConnectorKind {
  if (kind === null) throw new TypeError('a step for a kind of record that the CRM does not have');
  return kind;
}

/** What the CRM is known to hold once it acknowledged a draft. */
export function shadowOf(draft: Draft, { record }: Desired, mappingVersion: string): Shadow {
  return {
    fields: draft.fields,
    hash: draft.hash,
    version: record?.version ?? 0,
    revision: record?.revision ?? 0,
    mapping: mappingVersion,
  };
}
