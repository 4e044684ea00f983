import type { OurShare } from '../crm-copy.ts';
import type { ItemFates, ItemForms } from './list-items.ts';

/** What of one field this program put there: the field's part of an `OurShare`. What is absent was never noted. */
export interface FieldShare {
  readonly values?: readonly string[] | undefined;
  readonly lines?: ItemFates | undefined;
  readonly ids?: readonly string[] | undefined;
  /** No forms and no unseen ids are as good as none noted. */
  readonly forms?: ItemForms | undefined;
  readonly unseen?: readonly string[] | undefined;
}

export function shareOf(ours: OurShare, name: string): FieldShare {
  return {
    values: ours.values[name],
    lines: ours.lines[name],
    ids: ours.ids[name],
    forms: ours.forms?.[name],
    unseen: ours.unseen?.[name],
  };
}

/** The share of a record, of those of its fields. */
export function shareOfFields(fields: readonly (readonly [string, FieldShare])[]): OurShare {
  const of = <T>(read: (share: FieldShare) => T | undefined): Record<string, T> =>
    Object.fromEntries(
      fields.flatMap(([name, share]) => {
        const part = read(share);
        return part === undefined ? [] : [[name, part] as const];
      }),
    );
  const forms = of((share) => (isNothing(share.forms) ? undefined : share.forms));
  const unseen = of((share) => (isNothing(share.unseen) ? undefined : share.unseen));
  return {
    values: of((share) => share.values),
    lines: of((share) => share.lines),
    ids: of((share) => share.ids),
    ...(isNothing(forms) ? {} : { forms }),
    ...(isNothing(unseen) ? {} : { unseen }),
  };
}

function isNothing(of: object | undefined): boolean {
  return of === undefined || Object.keys(of).length === 0;
}

/** What is ours once all of a record but these fields was sent: of them, what was ours before. */
export function shareBeside(sent: OurShare, before: OurShare, left: readonly string[]): OurShare {
  if (left.length === 0) return sent;
  const beside = <T>(
    one: Readonly<Record<string, T>>,
    other: Readonly<Record<string, T>>,
  ): Readonly<Record<string, T>> => ({
    ...Object.fromEntries(Object.entries(one).filter(([name]) => !left.includes(name))),
    ...Object.fromEntries(Object.entries(other).filter(([name]) => left.includes(name))),
  });
  const hasForms = sent.forms !== undefined || before.forms !== undefined;
  const hasUnseen = sent.unseen !== undefined || before.unseen !== undefined;
  return {
    values: beside(sent.values, before.values),
    lines: beside(sent.lines, before.lines),
    ids: beside(sent.ids, before.ids),
    ...(hasForms && { forms: beside(sent.forms ?? {}, before.forms ?? {}) }),
    ...(hasUnseen && { unseen: beside(sent.unseen ?? {}, before.unseen ?? {}) }),
  };
}
