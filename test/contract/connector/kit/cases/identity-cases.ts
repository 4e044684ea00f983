import assert from 'node:assert/strict';
import type { RunKindCase } from '../kit-cases.ts';
import { aliasesOf, aliasing } from '../alias-ids.ts';
import { KIT_IDS } from '../kit-subject.ts';
import { told, withRun, writes } from './with-run.ts';

/** How a record is known again. */
export const identityCases = {
  search_lag: (subject, kind) =>
    withRun(
      subject,
      kind,
      async (run) => {
        const { full } = run.samples(kind);
        const before = run.count(kind);
        run.wire.strike({
          when: writes(kind, 'core'),
          fault: { answer: { status: 500, body: { message: 'Later.' } }, after: true },
        });
        await run.deliver(full);
        assert.equal(run.count(kind) - before, 1, await told(run, kind));
        await run.mustBeDelivered(full);
      },
      { lagging: true },
    ),

  big_ids: (subject, kind) =>
    withAlias(subject, kind, (count) => String(9_007_199_254_740_993n + BigInt(count) * 2n)),

  odd_ids: (subject, kind) => withAlias(subject, kind, (count) => `a/b?c=${count}#d%2e`),
} satisfies Partial<Record<string, RunKindCase>>;

async function withAlias(
  subject: Parameters<RunKindCase>[0],
  kind: Parameters<RunKindCase>[1],
  alias: (count: number) => string,
): Promise<void> {
  await withRun(
    subject,
    kind,
    async (run) => {
      const { full, updates } = run.samples(kind);
      const before = run.count(kind);
      await run.deliver(full);
      for (const body of [...Object.values(updates), full]) {
        await run.deliver(body);
        await run.mustBeDelivered(body);
      }
      const link = await run.core.link(kind, KIT_IDS[kind]);
      assert.ok(link?.remote, await told(run, kind));
      const known = [...aliasesOf(run.crm, kind, alias).values()];
      assert.ok(known.includes(link.remote.id), `${link.remote.id} is none of ${known.join(' ')}`);
      assert.equal(run.count(kind) - before, 1, await told(run, kind));
      // Whoever loses an id finds the record again by its key, so that it looks well.
      assert.equal(link.remote.origin, 'created', await told(run, kind));
    },
    { between: (way, crm) => aliasing(way, crm, alias) },
  );
}
