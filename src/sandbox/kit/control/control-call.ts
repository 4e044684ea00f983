import type { Json, JsonObject } from '../../../domain/json.ts';
import type { MisbehaviourHandle, MisbehaviourRule } from '../faults/misbehaviour.ts';
import { jsonReply, type HttpReply } from '../http/http-reply.ts';
import type { JournalEntry } from '../journal/journal.ts';
import type { CommittedWrite } from '../journal/write-log.ts';
import type { RecordDesk } from '../records/record-desk.ts';
import type { CollectionForm } from '../records/record-store.ts';
import type { SettingsForm } from './settings-form.ts';

/** What the controls are told of a CRM. */
export interface SandboxFace<C extends string, S> {
  /** For people. */
  readonly name: string;
  readonly collections: Readonly<Record<C, CollectionForm>>;
  readonly settingsForm: SettingsForm<S>;
}

/** What the control routes may do. */
export interface SandboxControls<C extends string, S> extends RecordDesk<C> {
  settings(): S;
  counts(): Record<string, number>;
  overLimit(): number;
  requests(): JournalEntry[];
  /** What changed the records, in the order in which it was done; those after a number. */
  writes(after: number): CommittedWrite<C>[];
  configure(change: Partial<S>): void;
  misbehave(rule: MisbehaviourRule): MisbehaviourHandle;
  misbehaviours(): readonly { readonly id: string; readonly hits: number; readonly rule: MisbehaviourRule }[];
  stopMisbehaving(id?: string): boolean;
  reset(): void;
}

/** What people do in a CRM beside making, changing and deleting records, by its name; the input is what they enter. */
export type DeskActs = Readonly<Record<string, (input: JsonObject) => HttpReply>>;

/** One request under `/_sandbox`; `argument` and `id` are what follows the route's first segment. */
export interface ControlCall<C extends string, S> {
  readonly face: SandboxFace<C, S>;
  readonly controls: SandboxControls<C, S>;
  readonly acts: DeskActs;
  readonly argument: string;
  readonly id: string;
  readonly body: Json | undefined;
  readonly query: URLSearchParams;
}

export const invalid = (problems: readonly string[]): HttpReply =>
  jsonReply(400, { message: 'The request is not valid.', problems: [...problems] });

/** The collection that a request names; undefined: there is no such one. */
export function collectionOf<C extends string, S>({ face, argument }: ControlCall<C, S>): C | undefined {
  return collectionsOf(face).find((name) => name === argument);
}

export function collectionsOf<C extends string, S>({ collections }: SandboxFace<C, S>): C[] {
  return Object.keys(collections) as C[];
}
