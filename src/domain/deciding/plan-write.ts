import { IN_DOUBT, type CrmCopy } from '../crm-copy.ts';
import type { Json } from '../json.ts';
import type { Link, LinkId, Remote } from '../link.ts';
import type { Draft } from '../mapping.ts';
import { doubtedTexts, mergeAppended, type TextFates } from '../merging/appended-texts.ts';
import { mergeFields, type MergedFields } from '../merging/merge-fields.ts';
import type { CrmFields } from '../remote-record.ts';
import {
  appendedFields,
  listedAs,
  nextRequest,
  withoutFields,
  type NextRequest,
  type PartFacts,
} from './later-parts.ts';
import { isDenied, planGone } from './plan-gone.ts';
import { knownCopy, UNKNOWN_COPY } from './sharers.ts';
import type { PlanInput, PlannedWrite, Step } from './step.ts';

/** What is known of the CRM record at one moment of a delivery. */
interface Known {
  readonly remote: Remote;
  readonly draft: Draft;
  readonly copy: CrmCopy;
  /** As it was read in this delivery; null: it wasn't, or was written since. */
  readonly read: CrmFields | null;
  readonly inDoubt: boolean;
  /** Whether a part of it was written in this delivery. */
  readonly isWritten: boolean;
  /** It can't be read, and nobody knows what became of the last write: it may hold anything. */
  readonly isUnknown: boolean;
}

/**
 * What was sent without an answer, or is known no more, is read before it is written; the rest by what looks have shown. One request at a time:
 * the core, then each later part in which something differs.
 */
export function planWrite(input: PlanInput, remote: Remote, draft: Draft): Step {
  const { link, seen, crm } = input;
  if (isDenied(input, remote)) return planGone(input, remote);
  const copy = knownCopy(input, remote.id) ?? UNKNOWN_COPY;
  const inDoubt = !isAcknowledged(link) || copy.heldAt === IN_DOUBT;
  const isWritten = seen.written.has(remote.id);
  const read = seen.reads.get(remote.id) ?? (copy.held === null ? seen.shown.get(remote.id) : null) ?? null;
  const isUnknown = !crm.canRead && inDoubt && !isWritten;
  const known: Known = { remote, draft, copy, read, inDoubt, isWritten, isUnknown };
  if (read === null && crm.canRead && (copy.held === null || (inDoubt && !isWritten)))
    return { do: 'read', remoteId: remote.id, known: inDoubt ? null : copy.held };
  const merged = merge(input, known);
  const overwrites = overwritten(input, known);
  const next = requestOf(input, isUnknown ? asUnknown(crm.parts, merged) : merged.differs, overwrites);
  return planLook(input, known, next) ?? planRequest(input, known, { merged, overwrites, next });
}

/** All that may be something else there; of what only grows, what isn't sent yet. */
function asUnknown(parts: readonly PartFacts[], { fields, differs }: MergedFields): readonly string[] {
  const lists = appendedFields(parts);
  return Object.keys(fields).filter((name) => !lists.includes(name) || differs.includes(name));
}

/** Before the request: is what it is planned by known well enough? Null: it is. */
function planLook(
  input: Pick<PlanInput, 'seen' | 'crm' | 'link' | 'looks' | 'neighbours'>,
  known: Known,
  next: NextRequest | null,
): Step | null {
  const { seen, crm, link } = input;
  const { remote, copy, read } = known;
  const look: Step = { do: 'read', remoteId: remote.id, known: copy.held };
  // A search may show it in part.
  const isRead = seen.reads.has(remote.id);
  if (next !== null && next.part === null && crm.readsFirst && crm.canRead && !isRead) {
    const isKnown = copy.held !== null && !isTouched(input, remote.id, copy.heldAt);
    return isKnown && crm.parts.length > 0 ? { ...look, coreOnly: true } : look;
  }
  if (next?.part?.does === 'appends') {
    const isListed =
      seen.lists.has(listedAs(next.part.name, remote.id)) || shownList(next.part, read) !== null;
    const asks = next.part.lists && !isListed && isToBeListed(next.part, known, link);
    // It touches nothing that people have there.
    return asks ? { do: 'list_part', part: next.part.name, remoteId: remote.id } : null;
  }
  if (!crm.canRead) return null;
  if (read !== null || seen.written.get(remote.id)?.isKnown === true) return null;
  if (isTouched(input, remote.id, copy.heldAt)) return look;
  return input.looks?.due === true ? { do: 'look_at_changes' } : null;
}

interface Planned {
  readonly merged: MergedFields;
  readonly overwrites: readonly LinkId[];
  readonly next: NextRequest | null;
}

function planRequest(
  input: Pick<PlanInput, 'seen' | 'crm'>,
  known: Known,
  { merged, overwrites, next }: Planned,
): Step {
  const { seen } = input;
  const { remote, draft, copy, read } = known;
  const { before } = copy;
  const held = withoutFields(read ?? copy.held ?? {}, appendedFields(input.crm.parts));
  const assumed = assumedIn(input, known);
  if (next === null) return { do: 'confirm', remoteId: remote.id, draft, merged, held, before, assumed };
  const { part, changed, left } = next;
  const heldBefore = doubtOf(input, known);
  const wasKnown = read !== null || seen.written.get(remote.id)?.isKnown === true;
  const isKnown = part?.does !== 'appends' || wasKnown;
  const write: PlannedWrite = {
    remoteId: remote.id,
    draft,
    merged,
    held,
    before,
    former: copy,
    changed,
    left,
    heldBefore,
    overwrites,
    isKnown,
    assumed,
  };
  if (part?.does !== 'appends') return { do: 'update', part: part?.name ?? null, ...write };
  const [field = ''] = part.fields;
  const { unsent, settled } = textsOf(input, known, part);
  const more = unsent.length > 1 ? [field] : [];
  const [item = ''] = unsent;
  return { do: 'append', part: part.name, field, item, fates: settled, ...write, left: [...left, ...more] };
}

/** Whoever shares it and spoke before must be told that another speaks now, also with the same words. */
function requestOf(
  { crm }: Pick<PlanInput, 'crm'>,
  differs: readonly string[],
  overwrites: readonly LinkId[],
): NextRequest | null {
  const next = nextRequest(crm.parts, differs);
  return next === null && overwrites.length > 0 ? { part: null, changed: [], left: [] } : next;
}

/** Also those who are deleted or another user's now: they may come back with just what they last knew to be there. */
function overwritten(
  { link, neighbours }: Pick<PlanInput, 'link' | 'neighbours'>,
  { remote, isWritten }: Known,
): readonly LinkId[] {
  // They were told with the first request.
  if (isWritten) return [];
  return neighbours
    .filter((other) => other.link.id !== link.id && other.link.remote?.id === remote.id)
    .map((other) => other.link.id);
}

function merge(input: Pick<PlanInput, 'seen' | 'crm'>, known: Known): MergedFields {
  const { crm } = input;
  const { draft, read } = known;
  // What can't be read is taken to be what was last sent there; in doubt it may be anything.
  const copy = known.isUnknown ? { ...known.copy, held: null } : known.copy;
  const held: Record<string, Json> = { ...(read ?? copy.held ?? {}) };
  for (const part of crm.parts) {
    if (part.does !== 'appends') continue;
    for (const field of part.fields) held[field] = textsThere(input, known, part);
  }
  return mergeFields({
    zena: draft.fields,
    sharings: crm.sharings,
    held,
    ours: copy.ours,
    heldBefore: doubtOf(input, known),
  });
}

/** What the CRM held before a write that is in doubt; null: none is. */
function doubtOf(
  { seen }: Pick<PlanInput, 'seen'>,
  { remote, copy, inDoubt, isWritten }: Known,
): CrmFields | null {
  if (isWritten) return seen.written.get(remote.id)?.doubt ?? null;
  return inDoubt ? copy.held : null;
}

/** What an appending part has; null: nobody asked. Where it can't be asked, what is in doubt is taken to be there. */
function textsThere({ seen }: Pick<PlanInput, 'seen'>, known: Known, part: PartFacts): Json {
  const listed = seen.lists.get(listedAs(part.name, known.remote.id));
  if (listed !== undefined) return [...listed];
  const shown = shownList(part, known.read);
  if (shown !== null || part.lists) return shown;
  const doubted = doubtedTexts(saidIn(part, known), fatesOf(part, known) ?? {});
  return doubted.length === 0 ? null : [...doubted];
}

function textsOf(
  input: Pick<PlanInput, 'seen'>,
  known: Known,
  part: PartFacts,
): ReturnType<typeof mergeAppended> {
  return mergeAppended({
    zena: saidIn(part, known),
    there: textsThere(input, known, part),
    fates: fatesOf(part, known) ?? {},
  });
}

/** Some CRMs show it with the record. */
function shownList({ fields: [field = ''] }: PartFacts, read: CrmFields | null): Json {
  const shown = read?.[field];
  return Array.isArray(shown) ? shown : null;
}

/**
 * What people have there already isn't added; what was sent without an answer is looked for before it is repeated; and what another connection
 * of the account has just sent isn't sent again.
 */
function isToBeListed(part: PartFacts, known: Known, { kinWroteAt }: Link): boolean {
  const fates = fatesOf(part, known);
  return fates === undefined || kinWroteAt !== null || doubtedTexts(saidIn(part, known), fates).length > 0;
}

/** Undefined: nothing is known of what the part has. */
function fatesOf({ fields: [field = ''] }: PartFacts, { copy }: Known): TextFates | undefined {
  return copy.ours.lines[field];
}

function saidIn({ fields: [field = ''] }: PartFacts, { draft }: Known): Json {
  return draft.fields[field] ?? null;
}

function assumedIn({ crm }: Pick<PlanInput, 'crm'>, known: Known): readonly string[] {
  return crm.parts
    .filter(({ does, lists }) => does === 'appends' && !lists)
    .filter((part) => shownList(part, known.read) === null)
    .filter((part) => doubtedTexts(saidIn(part, known), fatesOf(part, known) ?? {}).length > 0)
    .flatMap(({ fields }) => fields);
}

/**
 * Whether the shadow is what the CRM holds. A claim that was taken over, which leaves `quietUntil` behind, may have sent something
 * that nobody heard the end of: then only another look makes it certain.
 */
export function isAcknowledged(link: Link): boolean {
  return link.quietUntil === null;
}

/** Whether somebody else may have changed the CRM record since it was last known. */
export function isTouched(
  { link: own, looks, neighbours }: Pick<PlanInput, 'link' | 'looks' | 'neighbours'>,
  remoteId: string,
  heldAt: number,
): boolean {
  if (looks === null || heldAt < looks.from) return true;
  // Those who share it may have been told of it, and this one not.
  const sharing = neighbours.map(({ link }) => link).filter(({ remote }) => remote?.id === remoteId);
  const told = [own, ...sharing].flatMap(({ touchedAt, kinWroteAt }) => [touchedAt, kinWroteAt]);
  return [looks.touchedAt, ...told].some((at) => at !== null && at >= heldAt);
}
