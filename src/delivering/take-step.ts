import type { RestReason, Step } from '../domain/deciding/plan.ts';
import type { RunResult } from '../domain/link.ts';
import { takeCrmStep, type StepParts } from './crm-steps.ts';
import { shadowOf, type Delivery, type StepResult } from './delivery.ts';

type StepOf<K extends Step['do']> = Extract<Step, { do: K }>;

/** Takes one step of the plan; only those of `takeCrmStep` speak to the CRM. */
export async function takeStep(parts: StepParts, delivery: Delivery, step: Step): Promise<StepResult> {
  switch (step.do) {
    case 'rest':
      return rest(delivery, step, parts.connector.mappingVersion);
    case 'wait':
      return wait(step);
    case 'wait_for_references':
      return await waitForReferences(parts, delivery, step);
    case 'link':
      return await link(parts, delivery, step);
    case 'drop_intent':
      return { learned: { intent: null } };
    case 'unlink':
      return await unlink(parts, delivery, step);
    case 'give_up':
      return { end: { kind: 'given_up', code: step.code, detail: step.detail } };
    default:
      return await takeCrmStep(parts, delivery, step);
  }
}

const RESTS: Readonly<Record<RestReason, { readonly result: RunResult; readonly detail: string }>> = {
  unchanged: { result: 'unchanged', detail: 'The CRM already holds exactly this.' },
  superseded: {
    result: 'superseded',
    detail: 'Another contact with the same e-mail changed later and speaks for the CRM record they share.',
  },
  not_synced: { result: 'skipped', detail: 'This kind of record is switched off for the connection.' },
  not_owner: {
    result: 'skipped',
    detail: 'The record belongs to another user now; its CRM record stays as it is.',
  },
  deleted: { result: 'deleted', detail: 'Deleted in Zena; the CRM has no record of it.' },
  kept_in_crm: {
    result: 'skipped',
    detail: 'Deleted in Zena; the CRM record is kept, as the connection is set.',
  },
  unlinked: { result: 'deleted', detail: 'No longer connected to a CRM record.' },
};

function rest({ link, desired }: Delivery, { reason }: StepOf<'rest'>, mappingVersion: string): StepResult {
  const { result, detail } = RESTS[reason];
  const news = link.wanted > (link.shadow?.revision ?? 0) || reason !== 'unchanged';
  const equal = reason === 'unchanged' ? desired.draft : null;
  // What an earlier holder sent without an answer is forgotten knowledge; another owner may write what this user never sees.
  const forgets = equal === null && (link.quietUntil !== null || reason === 'not_owner');
  return {
    learned: {
      ...(equal === null ? {} : { shadow: shadowOf(equal, desired, mappingVersion) }),
      ...(forgets ? { shadow: null } : {}),
    },
    notes: news && link.dirtySince !== null ? [{ code: reason, detail }] : [],
    end: { kind: 'rest', result },
  };
}

function wait({ until, reason }: StepOf<'wait'>): StepResult {
  const detail = 'A create got no answer; it is looked for before anything is created again.';
  return {
    notes: reason === 'create_uncertain' ? [{ code: 'create_uncertain', detail }] : [],
    end: { kind: 'hold', quietUntil: until },
  };
}

async function waitForReferences(
  { markLooks }: StepParts,
  { link: { waitingSince }, claimed }: Delivery,
  { unmarked, until }: StepOf<'wait_for_references'>,
): Promise<StepResult> {
  if (unmarked.length > 0) await markLooks(unmarked, claimed.lane);
  const detail = 'Waits for a record that it refers to.';
  return {
    notes: waitingSince === null ? [{ code: 'waiting_for_reference', detail }] : [],
    end: { kind: 'wait_for_references', until },
  };
}

/** Written down before anything is written there: a successor then waits out what was sent, and so do those who share it. */
async function link(
  { store }: StepParts,
  { claimed, link: { intent } }: Delivery,
  { remote, keyHash, matches }: StepOf<'link'>,
): Promise<StepResult> {
  if (!(await store.links.noteRemote(claimed.id, claimed.claim?.token ?? '', remote, keyHash))) {
    return { end: { kind: 'hold' } };
  }
  const several = `The CRM holds ${matches} records that match; the oldest is used.`;
  const adopted =
    intent !== null
      ? 'The record that the earlier create made was found and is used.'
      : 'A matching record was found in the CRM and is used instead of a new one.';
  return {
    learned: { remote, keyHash, intent: null, shadow: null },
    notes: [
      ...(matches > 1 ? [{ code: 'ambiguous_matches', detail: several } as const] : []),
      { code: 'adopted', detail: adopted },
    ],
  };
}

async function unlink(
  { store, markLooks }: StepParts,
  { neighbours, claimed }: Delivery,
  { tell }: StepOf<'unlink'>,
): Promise<StepResult> {
  if (tell.length > 0) {
    // The CRM record may hold our content; those who stay with it write theirs. They wait for our lock until we have settled.
    await store.links.clearShadows(tell);
    const others = neighbours.map((neighbour) => neighbour.link).filter(({ id }) => tell.includes(id));
    await markLooks(
      others.map(({ key }) => key),
      claimed.lane,
    );
  }
  const detail = 'It no longer shares its CRM record, which stays with the other contact.';
  return {
    learned: { remote: null, shadow: null, keyHash: null },
    notes: [{ code: 'unlinked', detail }],
  };
}
