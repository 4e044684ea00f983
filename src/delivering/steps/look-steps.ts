import { IN_DOUBT, type OurShare } from '../../domain/crm-copy.ts';
import type { Link, Remote } from '../../domain/link.ts';
import type { CrmFields, RemoteHit } from '../../domain/remote-record.ts';
import { isChangedByPeople, shownShare } from '../../domain/merging/merge-fields.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import { isOverwrittenByKin } from '../../domain/deciding/plan-linked.ts';
import type { SeenInCrm } from '../../domain/deciding/step.ts';
import type { CrmLooks } from './crm-looks.ts';
import { failed, there, type Delivery, type Learned, type StepOf, type StepResult } from './delivery.ts';
import type { StepParts } from './step-parts.ts';

/** Enough of a listing to cover what one office changes in the minutes around an unanswered create. */
const LISTING_LIMIT = 2_000;

export async function look(
  { health, looks, listings }: Pick<StepParts, 'health' | 'looks' | 'listings'>,
  delivery: Delivery,
  { key, also = [] }: StepOf<'look'>,
): Promise<StepResult> {
  const { kind, http, seen, claimed, link } = delivery;
  const isFirst = claimed.lane === 'sync' && link.intent === null && link.attempts === 0;
  const listed = isFirst ? await listings.find(claimed.kind, http, key) : null;
  if (listed !== null) {
    health.success();
    return { seen: { found: new Map([...seen.found, [key.hash, byOurClock(looks, listed)]]) } };
  }
  let hits: readonly RemoteHit[] = [];
  for (const writing of [key, ...also]) {
    const outcome = await there(kind).find(http, writing);
    if (outcome.kind !== 'applied') return failed(outcome);
    health.success();
    hits = byOurClock(looks, outcome.value);
    if (hits.length > 0) break;
  }
  const found = new Map([...seen.found, [key.hash, hits]]);
  return { seen: { found, shown: withWholeHits(delivery, seen.shown, hits) } };
}

/** A hit that shows every mapped field needs no further reading. */
function withWholeHits(
  { desired: { draft } }: Delivery,
  shown: SeenInCrm['shown'],
  hits: readonly RemoteHit[],
): SeenInCrm['shown'] {
  if (draft === null) return shown;
  const names = Object.keys(draft.fields);
  const whole = hits.filter(({ fields }) => names.every((name) => fields[name] !== undefined));
  return new Map([...shown, ...whole.map(({ id, fields }) => [id, fields] as const)]);
}

export async function listChanged(
  { health, looks }: Pick<StepParts, 'health' | 'looks'>,
  { claimed, kind, http, stepAt }: Delivery,
  { since }: StepOf<'list_changed'>,
): Promise<StepResult> {
  const outcome = await there(kind).changes?.(http, Math.max(0, looks.asShown(since)), LISTING_LIMIT);
  if (outcome === undefined) return {};
  if (outcome.kind !== 'applied') return failed(outcome);
  health.success();
  await looks.notice(claimed.kind, outcome.value, stepAt);
  return { seen: { listed: byOurClock(looks, outcome.value) } };
}

/** A CRM whose clock is behind says of what was just made that it is older. */
function byOurClock(looks: Pick<CrmLooks, 'asShown'>, hits: readonly RemoteHit[]): readonly RemoteHit[] {
  const behind = -looks.asShown(0);
  if (behind === 0) return hits;
  return hits.map((hit) => (hit.createdAt === null ? hit : { ...hit, createdAt: hit.createdAt + behind }));
}

export async function lookAtChanges(
  { health, looks }: Pick<StepParts, 'health' | 'looks'>,
  { claimed, http }: Delivery,
): Promise<StepResult> {
  const looked = await looks.look(claimed.kind, http, claimed.lane === 'retry');
  if (looked === 'made') health.success();
  // What can't be listed is read: the next plan sees that.
  return typeof looked === 'string' ? {} : failed(looked);
}

/** Whether it is still there, and what it holds. What people changed since it was last known stands in the timeline. */
export async function read(
  { health }: Pick<StepParts, 'health'>,
  { kind, http, seen, link, stepAt, account }: Delivery,
  { remoteId, known, coreOnly }: StepOf<'read'>,
): Promise<StepResult> {
  const outcome = await there(kind).read?.(http, remoteId, coreOnly === true ? 'core' : undefined);
  if (outcome === undefined) throw new TypeError('a read of what the CRM does not show');
  if (outcome.kind === 'gone') {
    health.success();
    return { seen: withoutRecord(seen, remoteId) };
  }
  if (outcome.kind !== 'applied') return failed(outcome);
  health.success();
  const { version, rest } = outcome.value;
  const fields =
    coreOnly === true ? { ...partsOf(kind, known), ...outcome.value.fields } : outcome.value.fields;
  const learned =
    link.remote?.id === remoteId ? asRead(link, link.remote, fields, { version, at: stepAt }) : {};
  const changed = known === null ? {} : changedValues(known, fields, learned.copy?.ours ?? link.copy?.ours);
  return {
    // What others wrote is known from now on, and that what was acknowledged may not stand any more has to be, too.
    learned: isOverwrittenByKin(link) ? { ...learned, shadow: null } : learned,
    seen: {
      reads: new Map([...seen.reads, [remoteId, fields]]),
      ...(rest !== undefined && { rests: new Map([...seen.rests, [remoteId, rest]]) }),
    },
    notes: changeNotes(changed, fields, account.held.get(remoteId) ?? {}),
  };
}

/** What is known of the fields of later parts. */
function partsOf(kind: Delivery['kind'], known: CrmFields | null): CrmFields {
  const names = (there(kind).parts.others ?? []).flatMap((part) =>
    part.does === 'replaces' ? part.fields : [],
  );
  return Object.fromEntries(
    names.flatMap((name) => (known?.[name] === undefined ? [] : [[name, known[name]] as const])),
  );
}

/** One answer proves nothing: our own record that was left for another, which no search is asked for, is read twice. */
function withoutRecord({ reads, left }: SeenInCrm, remoteId: string): Partial<SeenInCrm> {
  const gone = { reads: new Map([...reads, [remoteId, null]]) };
  if (left === null || left.remoteId !== remoteId || left.denials > 0) return gone;
  return { left: { ...left, denials: 1 } };
}

/** Who changed what: what another connection of the account is known to have left there is its own, anything else people's. */
function changeNotes(
  changed: JsonObject,
  shown: CrmFields,
  heldByKin: CrmFields,
): NonNullable<StepResult['notes']> {
  const isKins = (name: string): boolean =>
    heldByKin[name] !== undefined && canonicalJson(heldByKin[name]) === canonicalJson(shown[name] ?? null);
  const [kins, peoples] = [true, false].map((which) =>
    Object.fromEntries(Object.entries(changed).filter(([name]) => isKins(name) === which)),
  );
  return [
    { code: 'changed_in_crm' as const, detail: 'People changed it in the CRM.', values: peoples ?? {} },
    {
      code: 'changed_by_connection' as const,
      detail: 'Another connection of this CRM account changed it.',
      values: kins ?? {},
    },
  ].flatMap(({ code, detail, values }) => {
    const names = Object.keys(values);
    return names.length === 0 ? [] : [{ code, detail, changed: names, replaced: values }];
  });
}

/** What it holds is known from now on, also where nothing comes of this delivery; but not what became of a write that is in doubt. */
function asRead(
  { copy, quietUntil }: Link,
  remote: Remote,
  fields: CrmFields,
  { version, at }: { readonly version: string | null; readonly at: number },
): Learned {
  const told = version === null ? {} : { remote: { ...remote, version } };
  if (copy === null || copy.held === null || copy.heldAt === IN_DOUBT || quietUntil !== null) return told;
  const held = Object.fromEntries(Object.keys(copy.held).map((name) => [name, fields[name] ?? null]));
  return { ...told, copy: { ...copy, held, heldAt: at, ours: shownShare(copy.ours, copy.held, held) } };
}

function changedValues(known: JsonObject, shown: JsonObject, ours: OurShare | undefined): JsonObject {
  const names = Object.keys(known).filter((name) =>
    isChangedByPeople({ known: known[name], shown: shown[name] }, name, ours),
  );
  return Object.fromEntries(names.map((name) => [name, shown[name] ?? null]));
}
