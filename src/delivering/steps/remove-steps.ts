import type { CrmCopy } from '../../domain/crm-copy.ts';
import { afterUnclear, denied, withoutStray } from './after-write.ts';
import {
  failed,
  there,
  type Delivery,
  type Learned,
  type Note,
  type StepOf,
  type StepResult,
} from './delivery.ts';
import type { StepParts } from './step-parts.ts';

/** Someone removed it in the CRM: it is looked for once more and made again once; a second time is for a person to decide. */
export async function lose(
  { health, store, markLooks }: Pick<StepParts, 'health' | 'store' | 'markLooks'>,
  { claimed, link, desired, neighbours, seen }: Delivery,
  { remoteId, before }: StepOf<'lost'>,
): Promise<StepResult> {
  health.success();
  if (desired.record?.body == null) return deleted(link.copy);
  const lost: Learned = { remote: null, shadow: null, copy: null, keyHash: null };
  // Those who shared it have lost it, too, and do not look by themselves before their next change.
  const sharers = neighbours.filter((other) => other.link.remote?.id === remoteId);
  if (sharers.length > 0) {
    await store.links.clearCopies(sharers.map((sharer) => sharer.link.id));
    await markLooks(
      sharers.map((sharer) => sharer.link.key),
      claimed.lane,
    );
  }
  // Perhaps our own delete took it, of which nobody heard, before Zena had the record again: what went with it is told here or never.
  const took: Pick<Note, 'replaced'> =
    before !== null && Object.keys(before).length > 0 ? { replaced: before } : {};
  const revision = desired.record.revision;
  if (link.recreatedAt === revision) {
    const detail = 'The CRM record went missing again after it had been made anew.';
    const notes: Note[] = took.replaced === undefined ? [] : [{ code: 'gone_in_crm', detail, ...took }];
    return { learned: lost, notes, end: { kind: 'given_up', code: 'GONE_AGAIN', detail } };
  }
  const detail = 'The CRM record is gone; it is looked for and otherwise made again, once.';
  return {
    learned: { ...lost, recreatedAt: revision },
    seen: { gone: new Set([...seen.gone, remoteId]) },
    notes: [{ code: 'gone_in_crm', detail, ...took }],
  };
}

export async function remove(
  { health }: Pick<StepParts, 'health'>,
  delivery: Delivery,
  { remoteId, copy }: StepOf<'delete'>,
): Promise<StepResult> {
  delivery.gate.announceWrite();
  const outcome = await there(delivery.kind).delete?.(delivery.http, remoteId);
  if (outcome !== undefined && outcome.kind !== 'applied') {
    // What people lose by it is told once it is known to be gone.
    if (outcome.kind === 'gone') return { ...denied(delivery, remoteId), learned: { copy } };
    return failed(outcome, afterUnclear(delivery, outcome, copy));
  }
  health.success();
  return deleted(copy);
}

function deleted(copy: CrmCopy | null): StepResult {
  return {
    learned: { remote: null, shadow: null, copy: null, keyHash: null },
    end: { kind: 'written', what: 'deleted', changed: [], replaced: copy?.before ?? {}, made: null },
  };
}

/**
 * Our own record that was left for an older one. Who refers to it is told first: whoever goes on after a process that died here would not
 * know of it. Where that fails it stays, as a duplicate that is shown.
 */
export async function removeLeft(
  { health, wakeReferrers }: Pick<StepParts, 'health' | 'wakeReferrers'>,
  delivery: Delivery,
  { remoteId }: StepOf<'remove_left'>,
): Promise<StepResult> {
  const { kind, http, seen } = delivery;
  await wakeReferrers(delivery.link);
  const outcome = await there(kind).delete?.(http, remoteId);
  if (outcome?.kind === 'gone') {
    const left = seen.left === null ? null : { ...seen.left, denials: seen.left.denials + 1 };
    const reads = new Map(seen.reads);
    reads.delete(remoteId);
    return { seen: { reads, left } };
  }
  if (outcome === undefined) return { seen: { left: null } };
  if (outcome.kind !== 'applied') {
    const detail =
      'Our own CRM record is not known to have been removed, so it is shown as a duplicate. If nobody needs it, remove it in the CRM.';
    return { seen: { left: null }, notes: [{ code: 'stray_found', reason: outcome.code, detail }] };
  }
  health.success();
  return leftRemoved(delivery, remoteId);
}

export function leftRemoved({ link }: Delivery, remoteId: string): StepResult {
  const detail = 'Our own CRM record was removed: an older one with the same key is used.';
  return {
    learned: withoutStray(link, remoteId),
    seen: { left: null },
    notes: [{ code: 'stray_removed', detail }],
  };
}
