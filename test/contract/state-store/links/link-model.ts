import type { CrmCopy } from '../../../../src/domain/crm-copy.ts';
import {
  LANES,
  dueTime,
  linkId,
  newLink,
  type Claim,
  type CreateIntent,
  type Lane,
  type Link,
  type LinkId,
  type Remote,
} from '../../../../src/domain/link.ts';
import type {
  LookMark,
  SettleResult,
  Settlement,
  WantedMark,
} from '../../../../src/state-store/link-store.port.ts';

/** The port's words about links as the plainest program that keeps them: one map, one call at a time. */
export type LinkModel = Map<LinkId, Link>;

export function modelWanted(model: LinkModel, mark: WantedMark): void {
  const link = existing(model, mark);
  if (link.wanted >= mark.wanted) return;
  put(model, {
    ...link,
    wanted: mark.wanted,
    nextAt: Math.min(link.nextAt ?? mark.now, mark.now),
    lane: 'live',
    dirtySince: link.dirtySince ?? mark.now,
  });
}

export function modelLook(model: LinkModel, mark: LookMark): void {
  const link = existing(model, mark);
  put(model, {
    ...link,
    marks: link.marks + 1,
    nextAt: Math.min(link.nextAt ?? mark.now, mark.now),
    lane: link.nextAt === null ? mark.lane : moreUrgent(link.lane, mark.lane),
    notBefore: mark.skipBackOff === true ? null : link.notBefore,
    attempts: mark.skipBackOff === true ? 0 : link.attempts,
    run:
      mark.runId === undefined || link.run?.id === mark.runId ? link.run : { id: mark.runId, result: null },
  });
}

export function modelWake(model: LinkModel, id: LinkId, now: number): void {
  const link = model.get(id);
  if (link !== undefined) modelLook(model, { ...link, lane: 'live', now });
}

/** How many it woke: one or none. */
export function modelWakeDead(model: LinkModel, id: LinkId, now: number, mostReplays: number): number {
  const link = model.get(id);
  if (link?.dead == null || link.dead.replays >= mostReplays || link.nextAt !== null) return 0;
  modelLook(model, { ...link, lane: 'replay', now });
  return 1;
}

export function modelClearUntold(model: LinkModel, id: LinkId, failedAt: number): void {
  const link = model.get(id);
  if (link?.dead?.at === failedAt) put(model, { ...link, untold: false });
}

export function claimable(link: Link, now: number, epoch: number): boolean {
  if (link.nextAt === null || dueTime(link) > now) return false;
  return link.claim === null || link.claim.epoch < epoch || link.claim.until <= now;
}

export function modelClaim(model: LinkModel, id: LinkId, claim: Claim): Link {
  const link = model.get(id) as Link;
  const quietUntil = link.claim === null ? link.quietUntil : Math.max(link.quietUntil ?? 0, link.claim.until);
  const died = link.claim !== null && link.claim.epoch < claim.epoch;
  const starts = (link.starts ?? 0) + (died ? 1 : 0);
  return put(model, { ...link, claim, quietUntil, ...(starts > 0 && { starts }) });
}

export function modelExtend(model: LinkModel, id: LinkId, token: string, until: number): boolean {
  const link = model.get(id);
  if (link?.claim?.token !== token) return false;
  put(model, { ...link, claim: { ...link.claim, until } });
  return true;
}

export function modelBeginCreate(model: LinkModel, id: LinkId, token: string, intent: CreateIntent): boolean {
  const link = model.get(id);
  if (link?.claim?.token !== token) return false;
  put(model, { ...link, intent });
  return true;
}

export function modelNoteCopy(model: LinkModel, id: LinkId, token: string, copy: CrmCopy): boolean {
  const link = model.get(id);
  if (link?.claim?.token !== token) return false;
  put(model, { ...link, copy });
  return true;
}

/** What anybody may write of a link, where it is there. */
export function modelUnheld(model: LinkModel, id: LinkId, change: (link: Link) => Partial<Link>): void {
  const link = model.get(id);
  if (link !== undefined) put(model, { ...link, ...change(link) });
}

export function modelSettle(model: LinkModel, { id, token, seen, patch, next }: Settlement): SettleResult {
  const link = model.get(id);
  if (link?.claim?.token !== token) return 'lost';
  const { runResult, ...fields } = patch;
  const run = runResult !== undefined && link.run?.id === runResult.id ? runResult : link.run;
  const settled: Link = { ...link, ...fields, run, claim: null };
  const asSeen = link.wanted === seen.wanted && link.marks === seen.marks;
  if (!asSeen) put(model, settled);
  else if (next.kind === 'rest') put(model, { ...settled, nextAt: null, dirtySince: null });
  else if (next.kind === 'at') put(model, { ...settled, nextAt: next.at });
  else if (next.kind === 'back_off') put(model, { ...settled, lane: 'retry' });
  else put(model, settled);
  return asSeen ? 'released' : 'kept';
}

export function modelRecordLost(
  model: LinkModel,
  id: LinkId,
  remote: Remote,
): 'set' | 'same' | 'stray' | 'absent' {
  const link = model.get(id);
  if (link === undefined) return 'absent';
  if (link.remote === null) {
    put(model, { ...link, remote });
    return 'set';
  }
  if (link.remote.id === remote.id) return 'same';
  if (!link.strays.includes(remote.id)) put(model, { ...link, strays: [...link.strays, remote.id] });
  return 'stray';
}

export function modelDropWork(model: LinkModel): void {
  for (const link of model.values()) {
    put(model, { ...link, nextAt: null, dirtySince: null, notBefore: null, run: null });
  }
}

export function modelDropRun(model: LinkModel, runId: string): void {
  for (const link of model.values()) {
    if (link.run?.id === runId && link.run.result === null && ['sync', 'replay'].includes(link.lane)) {
      put(model, { ...link, nextAt: null, dirtySince: null });
    }
  }
}

function moreUrgent(a: Lane, b: Lane): Lane {
  return LANES.indexOf(a) < LANES.indexOf(b) ? a : b;
}

function existing(model: LinkModel, { scope, connectionId, userId, key }: WantedMark | LookMark): Link {
  return model.get(linkId(scope, key)) ?? newLink(scope, connectionId, userId, key);
}

function put(model: LinkModel, link: Link): Link {
  model.set(link.id, link);
  return link;
}
