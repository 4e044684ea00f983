import type { JsonObject } from '../../domain/json.ts';
import type { Link } from '../../domain/link.ts';
import type { FieldSharings } from '../../domain/mapping.ts';
import { maySee, userPrincipal } from '../../domain/may-see.ts';
import { peoplesContent } from '../../domain/merging/peoples-content.ts';
import type { StateStore } from '../../state-store/state-store.port.ts';
import type { Learned, Note } from './delivery.ts';

/** What is to be written down of a delivery. */
export interface Told {
  readonly notes: readonly Note[];
  readonly learned: Learned;
}

/**
 * What is told and kept of values that stood in a CRM record, without what connections of other users of the same CRM account put there:
 * that is no people's work, and not this user's to see. Asked only where there is any such value.
 */
export async function withoutOthers(
  { links }: Pick<StateStore, 'links'>,
  { claimed, link }: { readonly claimed: Link; readonly link: Link },
  sharings: FieldSharings,
  { notes, learned }: Told,
): Promise<Told> {
  const before = learned.copy?.before ?? null;
  if (before === null && notes.every(({ replaced }) => replaced === undefined)) return { notes, learned };
  const remoteIds = [...new Set([claimed.remote?.id, link.remote?.id])].filter((id) => id !== undefined);
  const kin = remoteIds.length === 0 ? [] : await links.findKin(link, { remoteIds, keyHashes: [] });
  const me = userPrincipal(link.userId);
  const others = kin.filter((each) => !maySee(me, each));
  if (others.length === 0) return { notes, learned };
  const theirs = (values: JsonObject): JsonObject =>
    others.reduce<JsonObject>((left, { copy, shadow }) => {
      if (copy === null) return left;
      const sent = [copy.held ?? {}, ...(shadow === null ? [] : [shadow.fields])];
      return peoplesContent({ held: left, ours: copy.ours, sharings, sent });
    }, values);
  return {
    notes: notes.flatMap((note) => noteOf(note, theirs)),
    learned:
      learned.copy == null || before === null
        ? learned
        : { ...learned, copy: { ...learned.copy, before: theirs(before) } },
  };
}

/** Where people changed nothing after all, there is nothing to say. */
function noteOf({ replaced, ...note }: Note, theirs: (values: JsonObject) => JsonObject): Note[] {
  if (replaced === undefined) return [note];
  const left = theirs(replaced);
  if (Object.keys(left).length > 0) return [{ ...note, replaced: left }];
  return note.code === 'changed_in_crm' ? [] : [note];
}
