import type { Link, LinkId, Remote } from '../link.ts';
import { markedReferences, nothingIn } from '../reference.ts';
import { firstKeyOf } from '../mapping.ts';
import { newFields } from '../merging/merge-fields.ts';
import { appendedFields, listedAs, withoutFields } from './later-parts.ts';
import { plan } from './plan.ts';
import type {
  GiveUpCode,
  LookAgainCode,
  Neighbour,
  PlanInput,
  PlannedWrite,
  RestReason,
  SeenInCrm,
  Step,
} from './step.ts';

/** What becomes of a record; `retry`: it waits for a record that it names, or is tried again, and goes on by itself. */
export type ForeseenAction =
  'create_or_adopt' | 'update' | 'delete' | 'unchanged' | 'superseded' | 'skip' | 'retry' | 'fail';

/** What a delivery would come to in a CRM that is well. */
export interface Foreseen {
  readonly action: ForeseenAction;
  /** Why nothing is sent; null where something is. */
  readonly reason:
    | RestReason
    | 'waiting_for_reference'
    | GiveUpCode
    | 'PLAN_DID_NOT_END'
    | LookAgainCode
    | ForeseenRefusal
    | null;
  /** The fields that an update sends because they differ. */
  readonly changed: readonly string[];
  /** Whether the CRM is asked for a match first, which is used where there is one. */
  readonly looks: boolean;
  /** Whether there is nothing to do at all, so that nobody need look at it. */
  readonly idle: boolean;
  /** The link as it would be. Without a shadow: what it holds then is what was sent. */
  readonly link: Link;
  /** Links of the CRM record that is written, whose content it holds no more. */
  readonly overwrites: readonly LinkId[];
  /** Links that write their content next. */
  readonly tells: readonly LinkId[];
}

/** Who has what a link has, as far as it is known: asked anew when the link takes another CRM record. */
export type NeighboursOf = (link: Link) => readonly Neighbour[];

interface Thought {
  readonly input: PlanInput;
  readonly stored: Link;
  readonly neighboursOf: NeighboursOf;
  readonly looks: boolean;
  readonly idle: boolean;
  readonly tells: readonly LinkId[];
}

/** A connector's own code: why the record can't be sent. */
export type ForeseenRefusal = Uppercase<string>;

type StepOf<K extends Step['do']> = Extract<Step, { do: K }>;
type Think<K extends Step['do']> = (thought: Thought, step: StepOf<K>) => Thought | Foreseen;

/** As many as a delivery takes, and the waits between them. */
const MOST_THOUGHTS = 32;

/**
 * Thinks a delivery through to its end: the planner's own steps, each with what it comes to where the CRM is well and holds nothing
 * that is not known here. Time passes as a step says; a search finds nothing, so that what it would find stands behind `looks`.
 */
export function foresee(input: Omit<PlanInput, 'neighbours'>, neighboursOf: NeighboursOf): Foreseen {
  let thought: Thought = {
    input: { ...input, neighbours: neighboursOf(input.link) },
    stored: input.link,
    neighboursOf,
    looks: false,
    idle: true,
    tells: [],
  };
  for (let thoughts = 0; thoughts < MOST_THOUGHTS; thoughts += 1) {
    const step = plan(thought.input);
    const next = (THINK[step.do] as Think<typeof step.do>)(thought, step);
    if ('action' in next) return next;
    thought = { ...next, idle: false };
  }
  return end(thought, 'fail', { reason: 'PLAN_DID_NOT_END' });
}

/** What each step of the planner comes to. A step that only asks the CRM is gone on from; what it answers stays unsaid. */
const THINK: { readonly [K in Step['do']]: Think<K> } = {
  rest: (thought, { reason }) => {
    const { link, record, now } = thought.input;
    return end(thought, restAction(thought, reason), {
      reason,
      ...(reason === 'nothing_to_deliver' &&
        record !== null && { link: { ...link, sought: { keyHash: nothingIn(record), at: now } } }),
    });
  },
  wait: (thought, { until, reason }) =>
    reason === 'waiting_for_twin' ? withTwinsMade(thought) : goOn(thought, { now: until }),
  mark_references: (thought, { keys }) =>
    goOn(thought, { references: markedReferences(thought.input.references, keys) }),
  wait_for_references: (thought) => end(thought, 'retry', { reason: 'waiting_for_reference' }),
  look: (thought, { key }) =>
    isSent(thought)
      ? {
          ...withSeen(thought, { found: new Map([...thought.input.seen.found, [key.hash, []]]) }),
          looks: true,
        }
      : endUnsent(thought),
  look_at_changes: (thought) => goOn(thought, { looks: UNTOUCHED }),
  read: (thought, { remoteId }) => {
    const { copy, shadow } = thought.input.link;
    const fields = thought.input.account.held.get(remoteId) ?? copy?.held ?? shadow?.fields ?? {};
    return {
      ...withSeen(thought, { reads: new Map([...thought.input.seen.reads, [remoteId, fields]]) }),
      looks: true,
    };
  },
  not_found: (thought, { keyHash }) => {
    const { link, now } = thought.input;
    return end(thought, 'skip', { reason: 'not_synced', link: { ...link, sought: { keyHash, at: now } } });
  },
  relink: (thought, { remote, keyHash }) => withLink(thought, { remote, keyHash, shadow: null, copy: null }),
  remove_left: (thought) => withSeen(thought, { left: null }),
  keep_left: (thought) => withSeen(thought, { left: null }),
  left_gone: (thought) => withSeen(thought, { left: null }),
  confirm: (thought, { draft }) =>
    end(thought, 'unchanged', {
      reason: 'unchanged',
      link: { ...thought.input.link, keyHash: firstKeyOf(draft)?.hash ?? null },
    }),
  lost: (thought) => withLink(thought, UNLINKED),
  look_again: (thought, { code }) => end(thought, 'retry', { reason: code }),
  list_changed: (thought) =>
    isSent(thought)
      ? end(thought, 'create_or_adopt', { link: made(thought), looks: true })
      : endUnsent(thought),
  look_at_job: (thought) =>
    isSent(thought)
      ? end(thought, 'create_or_adopt', { link: made(thought), looks: true })
      : endUnsent(thought),
  link: (thought, { remote, keyHash }) => withLink(thought, { remote, keyHash, intent: null, shadow: null }),
  drop_intent: (thought) => withLink(thought, { intent: null }),
  create: (thought) => end(thought, 'create_or_adopt', { link: made(thought) }),
  update: written,
  append: written,
  // What people have in it isn't known here.
  list_part: (thought, { part, remoteId }) =>
    withSeen(thought, { lists: new Map([...thought.input.seen.lists, [listedAs(part, remoteId), []]]) }),
  refuse: (thought, { refusals: [refusal] }) =>
    end(thought, 'fail', { reason: (refusal?.code ?? 'REFUSED') as ForeseenRefusal }),
  delete: (thought) => end(thought, 'delete', { link: { ...thought.input.link, ...UNLINKED } }),
  unlink: (thought, { tell }) => withLink({ ...thought, tells: [...thought.tells, ...tell] }, UNLINKED),
  give_up: (thought, { code }) => end(thought, 'fail', { reason: code }),
};

/** The first of its requests, with what those after it bring there. */
function written(thought: Thought, { draft, merged, before, overwrites }: PlannedWrite): Foreseen {
  const { link, now, crm } = thought.input;
  const isSame = link.remote?.id === thought.stored.remote?.id;
  const held = withoutFields(merged.fields, appendedFields(crm.parts));
  return end(thought, isSame ? 'update' : 'create_or_adopt', {
    changed: merged.differs,
    overwrites,
    link: {
      ...link,
      keyHash: firstKeyOf(draft)?.hash ?? null,
      shadow: null,
      copy: { held, heldAt: now, ours: merged.ours, before },
    },
  });
}

const UNLINKED = { remote: null, shadow: null, copy: null, keyHash: null } as const;

/** People changed nothing that isn't known. */
export const UNTOUCHED = { from: Number.NEGATIVE_INFINITY, due: false, touchedAt: null } as const;

function restAction({ stored, input }: Thought, reason: RestReason): ForeseenAction {
  if (reason === 'unchanged' || reason === 'superseded') return reason;
  // Where its CRM record stays with those who share it, its delete is done all the same.
  return reason === 'deleted' && stored.remote !== null && input.link.remote === null ? 'delete' : 'skip';
}

/** Whether there is something to send. */
function isSent({ input: { record, draft } }: Thought): boolean {
  return record?.deleted === false && draft !== null;
}

/** What an unanswered create of a record may have made that is gone by now: it is taken to be there. */
function endUnsent(thought: Thought): Foreseen {
  const { connection, crm } = thought.input;
  const deletes = crm.canDelete && connection.syncConfig.deletions !== 'never';
  const link = { ...thought.input.link, intent: null };
  return deletes
    ? end(thought, 'delete', { link, looks: true })
    : // It is looked at all the same: what it made there is known to be ours from then on.
      end(thought, 'skip', { reason: 'kept_in_crm', link, looks: true, idle: false });
}

function goOn(thought: Thought, input: Partial<PlanInput>): Thought {
  return { ...thought, input: { ...thought.input, ...input } };
}

function withSeen(thought: Thought, seen: Partial<SeenInCrm>): Thought {
  return goOn(thought, { seen: { ...thought.input.seen, ...seen } });
}

function withLink(thought: Thought, change: Partial<Link>): Thought {
  const link = { ...thought.input.link, ...change };
  return goOn(thought, { link, neighbours: thought.neighboursOf(link) });
}

/** Whose create nobody heard the end of has its CRM record by then. */
function withTwinsMade(thought: Thought): Thought {
  const neighbours = thought.input.neighbours.map(({ link, record }) => {
    if (link.intent === null) return { link, record };
    const { keyHash } = link.intent;
    return { link: { ...link, intent: null, keyHash, remote: link.remote ?? madeFor(link) }, record };
  });
  return goOn(thought, { neighbours });
}

function made({ input: { link, draft, crm, now } }: Thought): Link {
  const keyHash = draft === null ? null : (firstKeyOf(draft)?.hash ?? null);
  const merged = draft === null ? null : newFields(draft.fields, crm.sharings);
  const held = merged && withoutFields(merged.fields, appendedFields(crm.parts));
  const copy = merged && { held, heldAt: now, ours: merged.ours, before: null };
  return { ...link, remote: madeFor(link), keyHash, intent: null, shadow: null, copy };
}

/** Stands for the id that the CRM will give; no CRM's id looks like it. */
function madeFor({ id }: Link): Remote {
  return { id: `new ${id}`, version: null, origin: 'created' };
}

function end(thought: Thought, action: ForeseenAction, over: Partial<Foreseen>): Foreseen {
  const { looks, idle, tells, input } = thought;
  const sends = action !== 'unchanged' && action !== 'superseded' && action !== 'skip';
  return {
    action,
    reason: null,
    changed: [],
    looks,
    idle: idle && !sends,
    link: input.link,
    overwrites: [],
    tells,
    ...over,
  };
}
