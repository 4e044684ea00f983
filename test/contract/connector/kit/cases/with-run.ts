import type { EntityKind } from '../../../../../src/domain/entity.ts';
import { openKitRun, type KitRun, type KitRunOptions } from '../kit-run.ts';
import { KIT_IDS, type KitSubject } from '../kit-subject.ts';
import type { Act } from '../watched-connector.ts';

/** Opens a run, prepares what a record of the kind refers to, and closes the run whatever happens. */
export async function withRun(
  subject: KitSubject,
  kind: EntityKind | null,
  act: (run: KitRun) => Promise<void>,
  options: KitRunOptions = {},
): Promise<void> {
  const run = await openKitRun(subject, options);
  try {
    if (kind !== null) await run.prepare(kind);
    await act(run);
  } finally {
    await run.close();
  }
}

/** The parts of a kind, core first. */
export function partsOf({ definition }: Pick<KitSubject, 'definition'>, kind: EntityKind): string[] {
  const { others = [] } = definition.kinds[kind]?.parts ?? {};
  return ['core', ...others.map(({ name }) => name)];
}

/** Whether a request may have an effect, in this part of this kind. */
export function writes(kind: EntityKind, part?: string) {
  return (act: Act, { method }: { readonly method: string }): boolean =>
    act.kind === kind &&
    (act.does === 'create' || act.does === 'write') &&
    (part === undefined || act.part === part) &&
    method !== 'GET';
}

/** The record's history, for whoever has to find out why. */
export async function told({ core, wire }: KitRun, kind: EntityKind): Promise<string> {
  const codes = await core.codes(kind, KIT_IDS[kind]);
  const sent = wire.sent.slice(-12).map(({ act, method, url }) => `${act?.does ?? ''} ${method} ${url}`);
  return `${codes.join(', ')} <- ${sent.join(' · ')}`;
}
