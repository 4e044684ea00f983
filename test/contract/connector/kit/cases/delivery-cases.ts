import assert from 'node:assert/strict';
import type { KitFault } from '../struck-transport.ts';
import type { EntityKind } from '../../../../../src/domain/entity.ts';
import type { RunKindCase } from '../kit-cases.ts';
import type { KitRun } from '../kit-run.ts';
import { partsOf, told, withRun, writes } from './with-run.ts';

const TROUBLES: readonly KitFault[] = [
  { answer: { status: 500 }, after: false },
  { lost: 'TIMEOUT', after: true },
  { answer: { status: 503 }, after: true },
  { lost: 'CONNECTION_LOST', after: false },
  { answer: { status: 500 }, after: true },
];

const LIMITED = { status: 429, headers: { 'retry-after': '2' } };

/** One record takes one place, whatever happens on the way. */
export const deliveryCases = {
  one_record: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full, updates } = run.samples(kind);
      const before = run.count(kind);
      for (const fault of TROUBLES) run.wire.strike({ when: writes(kind), fault });
      for (const body of [full, ...Object.values(updates), full, full].slice(0, 4)) await run.deliver(body);
      await run.deliver(full);
      assert.equal(run.count(kind) - before, 1, await told(run, kind));
      await run.mustBeDelivered(full);
    }),

  answer_lost: async (subject, kind) => {
    for (const part of partsOf(subject, kind)) {
      await withRun(subject, kind, async (run) => {
        const { full, updates } = run.samples(kind);
        const before = run.count(kind);
        run.wire.strike({ when: writes(kind, part), fault: { lost: 'CONNECTION_LOST', after: true } });
        await run.deliver(full);
        await run.deliver(updates[part] ?? full);
        run.wire.strike({ when: writes(kind, part), fault: { lost: 'TIMEOUT', after: true } });
        await run.deliver(full);
        assert.equal(run.count(kind) - before, 1, `${part}: ${await told(run, kind)}`);
        await run.mustBeDelivered(full);
        mustAppendOnce(run, kind, part);
      });
    }
  },

  crash_between: async (subject, kind) => {
    for (const part of partsOf(subject, kind)) {
      await withRun(subject, kind, async (run) => {
        const { full } = run.samples(kind);
        const before = run.count(kind);
        run.wire.strike({ when: writes(kind, part), then: () => run.core.crash() });
        await run.deliver(full);
        assert.equal(run.count(kind) - before, 1, `${part}: ${await told(run, kind)}`);
        await run.mustBeDelivered(full);
      });
    }
  },

  rate_limited: async (subject, kind) => {
    // Whatever a connector calls a part: each request in turn, the first and what comes after it.
    for (let nth = 0; nth <= partsOf(subject, kind).length; nth += 1) {
      await withRun(subject, kind, async (run) => {
        const { full, answers } = run.samples(kind);
        const before = run.count(kind);
        const fault: KitFault = { answer: answers?.limited ?? LIMITED, after: false };
        if (nth > 0) run.wire.strike({ when: writes(kind), times: nth });
        run.wire.strike({ when: writes(kind), times: 2, fault });
        await run.deliver(full);
        assert.equal(run.count(kind) - before, 1, `request ${nth + 1}: ${await told(run, kind)}`);
        await run.mustBeDelivered(full);
      });
    }
  },

  nothing_needless: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full, edge } = run.samples(kind);
      for (const body of [full, edge]) {
        await run.deliver(body);
        const before = run.wire.sent.length;
        await run.deliver(body);
        const needless = run.wire.sent.slice(before).filter(({ method }) => method !== 'GET');
        assert.deepEqual(
          needless.map(({ method, url, body: sent }) => `${method} ${url} ${sent}`),
          [],
        );
      }
    }),
} satisfies Partial<Record<string, RunKindCase>>;

/** An item that has no answer is looked for, or told to a person: the same is never sent twice. */
function mustAppendOnce({ wire, definition }: KitRun, kind: EntityKind, part: string): void {
  const { others = [] } = definition.kinds[kind]?.parts ?? {};
  if (others.find(({ name }) => name === part)?.does !== 'appends') return;
  const appended = wire.sent.filter(
    ({ act, method }) => act?.part === part && act.kind === kind && act.does === 'write' && method !== 'GET',
  );
  const texts = appended.map(({ url, body }) => `${url} ${body}`);
  assert.deepEqual(texts, [...new Set(texts)]);
}
