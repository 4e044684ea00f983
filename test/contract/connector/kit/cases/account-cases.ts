import assert from 'node:assert/strict';
import type { AccountCase } from '../../../../../src/connectors/connector-page.ts';
import { ENTITY_KINDS, type EntityBody, type EntityKind } from '../../../../../src/domain/entity.ts';
import { contactBody, dealBody, propertyBody } from '../../../../support/builders.ts';
import type { RunAccountCase } from '../kit-cases.ts';
import { KIT_SECRET, type KitRun } from '../kit-run.ts';
import { KIT_IDS, type KitSubject } from '../kit-subject.ts';
import { told, withRun, writes } from './with-run.ts';

const PAGE = '<!doctype html><title>Maintenance</title><p>We are back soon.';
const DAY_MS = 24 * 3_600_000;

/** What holds for a connection as a whole. */
export const accountCases = {
  revoked: (subject) =>
    withRun(subject, null, async (run) => {
      const kind = firstKind(subject);
      const { full, updates } = run.samples(kind);
      await run.prepare(kind);
      await run.deliver(full);
      run.crm.revoke();
      for (const body of Object.values(updates)) await run.deliver(body);
      assert.equal((await run.core.connection()).status, 'needs_reauth', await told(run, kind));
      const link = await run.core.link(kind, KIT_IDS[kind]);
      assert.equal(link?.dead, null, 'it was given up');
      assert.notEqual(link?.nextAt, null, 'it is no longer due');
    }),

  stray_401: (subject) =>
    withRun(subject, null, async (run) => {
      const kind = firstKind(subject);
      const { full } = run.samples(kind);
      await run.prepare(kind);
      run.wire.strike({ when: writes(kind), fault: { answer: { status: 401 }, after: false } });
      await run.deliver(full);
      assert.equal((await run.core.connection()).status, 'active', await told(run, kind));
      await run.mustBeDelivered(full);
    }),

  maintenance: (subject) =>
    withRun(subject, null, async (run) => {
      const kind = firstKind(subject);
      const { full } = run.samples(kind);
      await run.prepare(kind);
      const before = run.count(kind);
      run.wire.strike({ when: () => true, times: 10_000, fault: { answer: PAGE, after: false } });
      await run.core.upsert(KIT_IDS[kind], full);
      for (let minutes = 0; minutes < 30; minutes += 1) await run.core.clock.advance(60_000);
      const waiting = await run.core.link(kind, KIT_IDS[kind]);
      assert.equal(waiting?.dead, null, await told(run, kind));
      assert.equal((await run.core.connection()).status, 'active');
      run.wire.calm();
      await run.core.converge();
      assert.equal(run.count(kind) - before, 1, await told(run, kind));
      await run.mustBeDelivered(full);
    }),

  no_secret: (subject) =>
    withRun(subject, null, async (run) => {
      const kind = firstKind(subject);
      const { full } = run.samples(kind);
      await run.prepare(kind);
      const body = {
        message: `The key ${KIT_SECRET} is not welcome`,
        errors: [{ field: 'key', message: KIT_SECRET }],
      };
      for (const status of [400, 403, 422, 500]) {
        run.wire.strike({ when: writes(kind), fault: { answer: { status, body }, after: false } });
        await run.deliver(full);
      }
      await run.deliver(full);
      const link = await run.core.link(kind, KIT_IDS[kind]);
      assert.ok(link);
      const { store, topic, errors } = run.core;
      const kept = [
        link,
        await store.timeline.ofLink(link.id, null, 100),
        topic,
        run.calls,
        errors.map(({ event, error }) => `${event} ${String(error)} ${(error as Error).stack ?? ''}`),
        await run.core.connection(),
      ];
      assert.ok(!JSON.stringify(kept).includes(KIT_SECRET), `the secret stands in ${where(kept)}`);
    }),

  day_quota: (subject) => withQuota(subject),

  unsupported: (subject) =>
    withRun(subject, null, async (run) => {
      const missing = ENTITY_KINDS.filter((kind) => subject.definition.kinds[kind] === undefined);
      for (const kind of missing) {
        await run.core.upsert(KIT_IDS[kind], subject.samples[kind]?.full ?? bodyOf(kind));
        const before = run.wire.sent.length;
        await run.core.converge();
        const link = await run.core.link(kind, KIT_IDS[kind]);
        assert.equal(link?.nextAt ?? null, null, await told(run, kind));
        assert.equal(link?.dead ?? null, null);
        assert.deepEqual(run.wire.sent.slice(before), []);
      }
      // Whoever refers to one of them is brought in at once.
      for (const kind of ENTITY_KINDS.filter((one) => !missing.includes(one))) {
        await run.core.upsert(KIT_IDS[kind], run.samples(kind).full);
        await run.core.converge(30_000);
        await run.mustBeDelivered(run.samples(kind).full);
      }
    }),
} satisfies Record<AccountCase, RunAccountCase>;

async function withQuota(subject: KitSubject): Promise<void> {
  await withRun(
    subject,
    null,
    async (run) => {
      const kind = firstKind(subject);
      const { full } = run.samples(kind);
      for (let n = 0; n < MANY; n += 1) await run.core.upsert(`kit-many-${n}`, variantOf(full, n));
      await run.core.clock.advance(120_000);
      const early = run.wire.sent.filter(({ act }) => act?.does !== 'verify').length;
      assert.ok(early <= QUOTA, `${early} calls were made of ${QUOTA}`);
      const after = await all(run, kind);
      assert.ok(
        after.some((link) => link?.nextAt != null),
        'nothing had to wait',
      );
      assert.ok(
        after.every((link) => link?.dead == null),
        'something was given up',
      );
      for (let day = 0; day < 12; day += 1) {
        run.core.clock.jumpWallClock(DAY_MS);
        await run.core.clock.advance(120_000);
      }
      const links = await all(run, kind);
      assert.deepEqual(
        links.map((link) => link?.shadow != null),
        links.map(() => true),
      );
      assert.equal(run.count(kind), MANY, await told(run, kind));
    },
    { requestsPerDay: QUOTA },
  );
}

const QUOTA = 10;
const MANY = 6;

const all = async ({ core }: KitRun, kind: EntityKind) =>
  await Promise.all(Array.from({ length: MANY }, (_, n) => core.link(kind, `kit-many-${n}`)));

function variantOf(body: EntityBody, n: number): EntityBody {
  if (body.kind !== 'contact') return body;
  return {
    ...body,
    contact: { ...body.contact, name: `Kit Number ${n}`, emails: [`kit.many.${n}@example.test`], phones: [] },
  };
}

function firstKind({ definition }: KitSubject): EntityKind {
  const kind = ENTITY_KINDS.find((one) => definition.kinds[one] !== undefined);
  assert.ok(kind, 'it has no kinds');
  return kind;
}

function bodyOf(kind: EntityKind): EntityBody {
  if (kind === 'contact') return contactBody();
  return kind === 'property' ? propertyBody() : dealBody();
}

function where(kept: readonly unknown[]): string {
  const names = [
    'the link',
    'its timeline',
    'the dead letters',
    'the metrics',
    'the errors',
    'the connection',
  ];
  return names.filter((_, index) => JSON.stringify(kept[index]).includes(KIT_SECRET)).join(', ');
}
