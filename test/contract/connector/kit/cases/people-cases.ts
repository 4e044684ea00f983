import assert from 'node:assert/strict';
import type { EntityKind } from '../../../../../src/domain/entity.ts';
import type { RunKindCase } from '../kit-cases.ts';
import type { KitRun } from '../kit-run.ts';
import { KIT_IDS, type PeopleAct } from '../kit-subject.ts';
import { told, withRun, writes } from './with-run.ts';

/** What people do in the CRM, and what of theirs must stay. */
export const peopleCases = {
  people_keep: (subject, kind) =>
    withRun(subject, kind, async (run) => await mustKeep(run, kind, run.samples(kind).people ?? [])),

  lists_keep: (subject, kind) =>
    withRun(subject, kind, async (run) => await mustKeep(run, kind, run.samples(kind).lists ?? [])),

  deleted: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full, updates } = run.samples(kind);
      const before = run.count(kind);
      await run.deliver(full);
      run.crm.remove(kind, await remoteId(run, kind));
      for (const body of Object.values(updates)) await run.deliver(body);
      assert.ok(run.count(kind) - before <= 1, await told(run, kind));
      const link = await run.core.link(kind, KIT_IDS[kind]);
      assert.equal(link?.intent ?? null, null, await told(run, kind));
      assert.equal((await run.core.connection()).status, 'active');
    }),

  merged: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { merge } = run.crm;
      assert.ok(merge, 'people can not merge there: the page’s `cannot` has to say so');
      const { full, updates } = run.samples(kind);
      await run.deliver(full);
      const gone = await remoteId(run, kind);
      await run.someoneMakes(full);
      const kept = run.crm.records(kind).find(({ id }) => id !== gone);
      assert.ok(kept, 'there is no second one');
      const before = run.count(kind);
      merge(kind, kept.id, gone);
      for (const body of Object.values(updates)) await run.deliver(body);
      assert.equal(run.count(kind), before - 1, await told(run, kind));
      assert.equal(await remoteId(run, kind), kept.id, await told(run, kind));
    }),

  invisible: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full, other, updates, answers } = run.samples(kind);
      await run.deliver(full);
      const before = run.count(kind);
      const answer = answers?.invisible ?? { status: 403 };
      const id = encodeURIComponent(await remoteId(run, kind));
      run.wire.strike({
        when: (act, { url }) => act.kind === kind && url.includes(id),
        times: 200,
        fault: { answer, after: false },
      });
      for (const body of Object.values(updates)) await run.deliver(body);
      assert.equal((await run.core.connection()).status, 'active', await told(run, kind));
      assert.ok(run.count(kind) <= before + 1, await told(run, kind));
      // Whatever is said of this one, the next is brought in.
      run.wire.calm();
      await run.core.upsert('kit-other', other);
      await run.core.converge();
      const next = await run.core.link(kind, 'kit-other');
      assert.ok(next?.remote, 'nothing else is brought in');
    }),

  not_ours_to_delete: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full, updates } = run.samples(kind);
      await run.someoneMakes(full);
      const theirs = run.crm.records(kind).at(-1);
      assert.ok(theirs);
      const before = run.count(kind);
      await run.deliver(full);
      for (const body of Object.values(updates)) await run.deliver(body);
      assert.equal(run.count(kind), before, `it was not taken: ${await told(run, kind)}`);
      await run.core.remove(kind, KIT_IDS[kind]);
      await run.core.converge();
      assert.ok(
        run.crm.records(kind).some(({ id }) => id === theirs.id),
        await told(run, kind),
      );
    }),

  several_matches: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full } = run.samples(kind);
      await run.someoneMakes(full);
      await run.someoneMakes(full);
      const before = run.count(kind);
      await run.deliver(full);
      assert.equal(run.count(kind), before, await told(run, kind));
      assert.ok(await remoteId(run, kind));
    }),

  taken_meanwhile: (subject, kind) =>
    withRun(
      subject,
      kind,
      async (run) => {
        const { full, updates } = run.samples(kind);
        const before = run.count(kind);
        let isTaken = false;
        run.wire.strike({
          when: (act, request) => writes(kind, 'core')(act, request) && act.does === 'create',
          async before() {
            isTaken = true;
            await run.someoneMakes(full);
          },
        });
        await run.deliver(full);
        for (const body of Object.values(updates)) await run.deliver(body);
        assert.ok(isTaken, 'nothing was created');
        assert.equal(run.count(kind) - before, 1, await told(run, kind));
        await run.core.remove(kind, KIT_IDS[kind]);
        await run.core.converge();
        assert.equal(run.count(kind) - before, 1, `a person’s record was removed: ${await told(run, kind)}`);
      },
      { unique: true },
    ),
} satisfies Partial<Record<string, RunKindCase>>;

/** A person's record is adopted, changed by people, and updated in every part; and the same of one that we made. */
async function mustKeep(run: KitRun, kind: EntityKind, acts: readonly PeopleAct[]): Promise<void> {
  assert.ok(acts.length > 0, `the samples of a ${kind} say nothing of what people enter`);
  const { full, updates } = run.samples(kind);
  await run.someoneMakes(full);
  const theirs = run.crm.records(kind).at(-1);
  assert.ok(theirs);
  const mustStand = (when: string): void => {
    for (const { name, stands } of acts) {
      const held = JSON.stringify(run.crm.records(kind).find(({ id }) => id === theirs.id));
      assert.ok(stands(theirs.id, run.crm), `${name} is lost ${when}: ${held}`);
    }
  };
  for (const { act } of acts) act(theirs.id, run.crm);
  mustStand('at once');
  await run.deliver(full);
  assert.equal(await remoteId(run, kind), theirs.id, await told(run, kind));
  mustStand('by adoption');
  for (const [part, body] of Object.entries(updates)) {
    await run.deliver(body);
    mustStand(`by an update of ${part}`);
  }
  await run.deliver(full);
  mustStand('by an update back');
}

async function remoteId({ core }: KitRun, kind: EntityKind): Promise<string> {
  const id = (await core.link(kind, KIT_IDS[kind]))?.remote?.id;
  assert.ok(id, `it is not in the CRM: ${(await core.codes(kind, KIT_IDS[kind])).join(', ')}`);
  return id;
}
