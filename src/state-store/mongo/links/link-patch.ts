import type { LinkPatch } from '../../state-store.port.ts';
import { deadCopy, intentDocument, remoteDocument, shadowDocument } from './stored-link.ts';

export interface FieldChanges {
  readonly set: Readonly<Record<string, unknown>>;
  readonly unset: Readonly<Record<string, ''>>;
}

/** What a patch sets and unsets, `runResult` left out: that depends on the run that the link carries. */
export function patchChanges(patch: LinkPatch): FieldChanges {
  const set: Record<string, unknown> = {};
  const unset: Record<string, ''> = {};
  const change = <T>(field: string, value: T | null | undefined, stored: (value: T) => unknown): void => {
    if (value === undefined) return;
    if (value === null) unset[field] = '';
    else set[field] = stored(value);
  };
  const asIs = (value: unknown): unknown => value;
  change('intent', patch.intent, intentDocument);
  change('quietUntil', patch.quietUntil, asIs);
  change('notBefore', patch.notBefore, asIs);
  change('attempts', patch.attempts, asIs);
  change('waitingSince', patch.waitingSince, asIs);
  change('remote', patch.remote, remoteDocument);
  change('keyHash', patch.keyHash, asIs);
  change('shadow', patch.shadow, shadowDocument);
  change('dead', patch.dead, deadCopy);
  change('recreatedAt', patch.recreatedAt, asIs);
  change('wake', patch.wake === false ? null : patch.wake, asIs);
  change('untold', patch.untold === false ? null : patch.untold, asIs);
  change('journal', patch.journal, asIs);
  return { set, unset };
}
