/** Everything that somebody can change through the API or a command, each as one word for the audit. */
export const AUDIT_ACTS = [
  'begin_connect',
  'connect',
  'configure',
  'pause',
  'resume',
  'test',
  'disconnect',
  'sync',
  'cancel_run',
  'deliver_record',
  'write_changes',
  'plan_replay',
  'begin_replay',
  'cancel_replay',
  'discard_dead_letters',
  'open_session',
  'close_session',
  'rotate_keys',
  'erase_user',
] as const;

export type AuditAct = (typeof AUDIT_ACTS)[number];

/** Settings by name, as they were or became: the sync config and the status, never a credential or anything of a contact. */
export type AuditedSettings = Readonly<Record<string, string | number | boolean | null>>;

export const AUDITED_KINDS = ['connection', 'run', 'record', 'replay', 'user'] as const;

export interface AuditedResource {
  readonly kind: (typeof AUDITED_KINDS)[number];
  readonly id: string;
}

/** Who did what, when, to what, and how it ended. */
export interface AuditEntry {
  readonly entryId: string;
  /** Epoch ms. */
  readonly at: number;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly act: AuditAct;
  readonly provider: string | null;
  readonly resource: AuditedResource | null;
  /** Only the settings that changed, before and after; both null where none did. */
  readonly before: AuditedSettings | null;
  readonly after: AuditedSettings | null;
  /** How many things the act was about, where that says more than a resource. */
  readonly count: number | null;
  /** `OK`, or the code of the problem that was answered. */
  readonly outcome: string;
  readonly reason: string | null;
  readonly requestId: string;
}

/** Those of the settings that differ, before and after; a side without settings has none at all. */
export function changedSettings(
  before: AuditedSettings | null,
  after: AuditedSettings | null,
): Pick<AuditEntry, 'before' | 'after'> {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changed = names.filter((name) => before?.[name] !== after?.[name]);
  if (changed.length === 0) return { before: null, after: null };
  const pick = (from: AuditedSettings | null) =>
    from === null ? null : Object.fromEntries(changed.map((name) => [name, from[name] ?? null]));
  return { before: pick(before), after: pick(after) };
}
