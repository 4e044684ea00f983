import type { ConnectorKind } from '../../connectors/connector.port.ts';
import { effectOfFailure } from '../../domain/deciding/after-failure.ts';
import { appendedFields, withoutFields } from '../../domain/deciding/later-parts.ts';
import { doubted, IN_DOUBT, NOTHING_OURS, type CrmCopy, type OurShare } from '../../domain/crm-copy.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Link } from '../../domain/link.ts';
import type { Draft } from '../../domain/mapping.ts';
import { answeredShare, type MergedFields } from '../../domain/merging/merge-fields.ts';
import { shareBeside } from '../../domain/merging/field-share.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import {
  joined,
  type Delivery,
  type DeliveryEnd,
  type Learned,
  type Note,
  type Progress,
  type StepResult,
} from './delivery.ts';
import { partFacts } from './kind-parts.ts';

/** What of the record isn't sent, and why; the rest is delivered. */
export function leftOut({ remarks }: Draft): Note[] {
  return remarks.map(({ field, code, detail }) => ({
    code: 'left_out',
    reason: code,
    detail,
    changed: [field],
  }));
}

/** Of each field the first that was replaced: what stood there before we came. */
export function withBefore(before: JsonObject | null, replaced: JsonObject): JsonObject | null {
  return before === null && Object.keys(replaced).length === 0 ? null : { ...replaced, ...before };
}

/** Nothing proves yet that it is gone: it is read, and looked for, anew. */
export function denied({ seen }: Pick<Delivery, 'seen'>, remoteId: string): StepResult {
  const reads = new Map(seen.reads);
  reads.delete(remoteId);
  return { seen: { denied: new Set([...seen.denied, remoteId]), reads, found: new Map() } };
}

/** As it is where that CRM record is no duplicate of ours any more. */
export function withoutStray({ strays, left }: Link, remoteId: string): Pick<Link, 'strays' | 'left'> {
  return {
    strays: strays.filter((id) => id !== remoteId),
    left: Object.fromEntries(Object.entries(left).filter(([id]) => id !== remoteId)),
  };
}

/** People merged what we had taken into our own that we had left for it: what of that is ours is on file. */
export function copyOfStray({ left }: Link, remoteId: string): CrmCopy | null {
  const ours = left[remoteId];
  return ours === undefined ? null : { held: null, heldAt: IN_DOUBT, ours, before: null };
}

/**
 * It may have been done all the same, or may yet be: what was acknowledged before says nothing any more, and until the request can
 * have no effect nothing else is written to that CRM record, by none of those who share it.
 */
export function afterUnclear({ gate }: Delivery, failure: Failure, copy: CrmCopy | null): Learned {
  const effect = effectOfFailure(failure);
  const quietUntil = gate.sentUntil();
  if (effect === 'none' || quietUntil === null) return {};
  const unclear = { shadow: null, copy: doubted(copy) };
  return effect === 'perhaps' ? unclear : { ...unclear, quietUntil };
}

/** What a request brought to a CRM record, and what was known of it. */
export interface Brought {
  readonly merged: MergedFields;
  /** Fields that later requests bring there, as they are until then. */
  readonly left: readonly string[];
  readonly held: CrmFields;
  readonly ours: OurShare;
}

/** What the CRM holds after it took a write: what was sent; where it answered in its own way, that is ours as well. */
export function copyAfter(
  kind: Pick<ConnectorKind, 'parts'>,
  { merged, left, held, ours }: Brought,
  answered: CrmFields | undefined,
  { heldAt, before }: Pick<CrmCopy, 'heldAt' | 'before'>,
): CrmCopy {
  const sent = shareBeside(merged.ours, ours, left);
  const lists = appendedFields(partFacts(kind));
  return {
    held: withoutFields(heldAfter(merged.fields, left, held, answered), lists),
    heldAt,
    ours: answered === undefined ? sent : answeredShare(sent, merged.fields, withoutFields(answered, left)),
    before,
  };
}

function heldAfter(
  fields: CrmFields,
  left: readonly string[],
  held: CrmFields,
  answered: CrmFields | undefined,
): CrmFields {
  if (left.length === 0) return fields;
  const asIs = left.map((name) => [name, answered?.[name] ?? held[name] ?? null] as const);
  return { ...fields, ...Object.fromEntries(asIs) };
}

/** Of a record that was just made: what is in the lists that only grow is known, nothing. */
export function nothingYet(kind: Pick<ConnectorKind, 'parts'>): OurShare {
  const lists = appendedFields(partFacts(kind)).map((name) => [name, {}] as const);
  return lists.length === 0 ? NOTHING_OURS : { ...NOTHING_OURS, lines: Object.fromEntries(lists) };
}

/** The end of a write with all that the delivery wrote before, told at once. */
export function endWritten(
  { progress, link }: Pick<Delivery, 'progress' | 'link'>,
  now: Progress,
): DeliveryEnd & { readonly kind: 'written' } {
  const all = joined(progress, now);
  const isFinished = link.copy?.unfinished === true && all.what === 'updated';
  return { kind: 'written', ...all, ...(isFinished && { isFinished }) };
}

/** Texts of which nobody heard whether they were taken, and that nobody can look for: a person is told. */
export function assumedNotes(fields: readonly string[]): Note[] {
  if (fields.length === 0) return [];
  const detail =
    'It was sent without an answer, and the CRM can’t tell whether it has it, so it is not sent again. Look in the CRM, and add it there if it is missing.';
  return [{ code: 'unconfirmed', detail, changed: fields }];
}
