import type { OurShare } from '../crm-copy.ts';

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
