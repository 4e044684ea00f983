import assert from 'node:assert/strict';
import type { CompanyCase } from '../../../../../src/connectors/connector-page.ts';
import { recordKey, type EntityBody, type EntityKind } from '../../../../../src/domain/entity.ts';
import type { RunKindCase } from '../kit-cases.ts';
import { applied, isSame, type KitRun, type KitRunOptions } from '../kit-run.ts';
import { KIT_IDS, type KitSubject } from '../kit-subject.ts';
import { HARNESS_USER } from '../../../../support/core-harness.ts';
import { withRun, writes } from './with-run.ts';

/** More than one call takes of a made-up CRM, and enough for a job. */
const MANY = 24;
const NO_JOBS: KitRunOptions = { jobsFrom: Number.POSITIVE_INFINITY };
const JOBS: KitRunOptions = { jobsFrom: 6 };
/** Longer than a job takes, ms. */
const JOB_MS = 300_000;
/** Requests that a job takes, with some that look at it. */
const MOST_REQUESTS = 8;
const LIMITED = { status: 429, headers: { 'retry-after': '2' } };

/** Whether a kind has what a case is about. */
export function goesInCompany({ definition }: KitSubject, kind: EntityKind, name: CompanyCase): boolean {
  const batch = definition.kinds[kind]?.batch;
  return name === 'job_rows' || name === 'job_crash'
    ? batch?.createJob !== undefined
    : batch?.create !== undefined;
}

/** Many records, which go to the CRM together. */
export const companyCases = {
  batch_ends: (subject, kind) =>
    withRun(
      subject,
      kind,
      async (run) => {
        await deliverMany(run, kind, many(run, kind));
        await mustAllBeIn(run, kind, many(run, kind));
        const made = run.wire.sent.filter(
          ({ act, method }) => act?.kind === kind && act.does === 'create' && method !== 'GET',
        );
        assert.ok(made.length <= MANY / 2, `${made.length} calls made ${MANY} records`);
        const before = run.wire.sent.length;
        await deliverMany(run, kind, many(run, kind));
        const needless = run.wire.sent.slice(before).filter(({ act }) => act?.does === 'write');
        assert.deepEqual(needless, []);
        const changed = changedOnes(run, kind);
        await deliverMany(run, kind, changed);
        await mustAllBeIn(run, kind, changed);
      },
      NO_JOBS,
    ),

  batch_bad_item: (subject, kind) =>
    withRun(subject, kind, async (run) => await withABadOne(run, kind), NO_JOBS),

  batch_unheard: async (subject, kind) => {
    const troubles = [
      (run: KitRun) => ({ fault: { lost: 'CONNECTION_LOST' as const, after: true }, run }),
      (run: KitRun) => ({ fault: { lost: 'TIMEOUT' as const, after: false }, run }),
      (run: KitRun) => ({
        fault: { answer: run.samples(kind).answers?.limited ?? LIMITED, after: false },
        run,
      }),
      (run: KitRun) => ({ fault: { answer: { status: 500 }, after: true }, run }),
      (run: KitRun) => ({ then: () => run.core.crash(), run }),
    ];
    for (const trouble of troubles) {
      await withRun(
        subject,
        kind,
        async (run) => {
          run.wire.strike({ ...trouble(run), when: writes(kind) });
          await deliverMany(run, kind, many(run, kind));
          await mustAllBeIn(run, kind, many(run, kind));
        },
        NO_JOBS,
      );
    }
  },

  job_rows: (subject, kind) =>
    withRun(
      subject,
      kind,
      async (run) => {
        await withABadOne(run, kind);
        mustHaveUsedAJob(run, kind);
      },
      JOBS,
    ),

  job_crash: async (subject, kind) => {
    for (const when of ['before', 'then'] as const) {
      for (let nth = 0; nth < MOST_REQUESTS; nth += 1) {
        await withRun(
          subject,
          kind,
          async (run) => {
            const ofJob = (act: { readonly kind: EntityKind | null; readonly part: string | null }) =>
              act.kind === kind && act.part === 'job';
            if (nth > 0) run.wire.strike({ when: ofJob, times: nth });
            run.wire.strike({ when: ofJob, [when]: () => run.core.crash() });
            await deliverMany(run, kind, many(run, kind));
            await mustAllBeIn(run, kind, many(run, kind), `${when} request ${nth + 1} of a job`);
            // Whoever dies before the first one leaves no trace of it.
            if (nth > 0 || when === 'then') mustHaveUsedAJob(run, kind);
          },
          JOBS,
        );
      }
    }
  },
} satisfies Record<CompanyCase, RunKindCase>;

function mustHaveUsedAJob({ wire }: KitRun, kind: EntityKind): void {
  assert.ok(
    wire.sent.some(({ act }) => act?.kind === kind && act.part === 'job'),
    'no job was used',
  );
}

/** The one that the CRM refuses is named, with all others in. */
async function withABadOne(run: KitRun, kind: EntityKind): Promise<void> {
  const { bad } = run.samples(kind);
  const good = many(run, kind);
  const all = bad === undefined ? good : good.map((body, n) => (n === BAD ? variantOf(bad, n, true) : body));
  await deliverMany(run, kind, all);
  if (bad === undefined) return await mustAllBeIn(run, kind, good);
  const link = await run.core.link(kind, idOf(BAD));
  assert.notEqual(link?.dead ?? null, null, `${JSON.stringify(link)} is not named`);
  await mustAllBeIn(run, kind, good, 'beside the bad one', (n) => n !== BAD);
}

const BAD = 20;

function idOf(n: number): string {
  return `kit-many-${n}`;
}

function many(run: KitRun, kind: EntityKind): EntityBody[] {
  const { full } = run.samples(kind);
  return Array.from({ length: MANY }, (_, n) => variantOf(full, n));
}

function changedOnes(run: KitRun, kind: EntityKind): EntityBody[] {
  const changed = run.samples(kind).updates['core'] ?? run.samples(kind).full;
  return Array.from({ length: MANY }, (_, n) => variantOf(changed, n));
}

/** A record of its own, with a key of its own, that says which it is. */
function variantOf(body: EntityBody, n: number, keepsName = false): EntityBody {
  if (body.kind === 'contact') {
    const name = keepsName ? body.contact.name : `${body.contact.name} Number ${n}`;
    return {
      ...body,
      contact: { ...body.contact, name, emails: [`kit.many.${n}@example.test`], phones: [] },
    };
  }
  if (body.kind === 'property')
    return { ...body, property: { ...body.property, address: `${n + 1} Company Street, Wellington 6011` } };
  return { ...body, deal: { ...body.deal, summary: `${body.deal.summary ?? ''} Number ${n}` } };
}

/** All at once, as an import would bring them. */
async function deliverMany({ core }: KitRun, kind: EntityKind, bodies: readonly EntityBody[]): Promise<void> {
  const version = core.clock.now();
  await core.take(
    bodies.map((body, n) => ({
      type: 'event' as const,
      place: null,
      event: {
        kind,
        entityId: idOf(n),
        body,
        eventId: `e-${n}-${version}`,
        occurredAt: version,
        userId: HARNESS_USER,
        accountId: null,
        version,
        operation: 'UPSERT' as const,
        origin: 'zena' as const,
        causationId: null,
      },
    })),
  );
  await core.converge(20 * 60_000);
  // What a job may yet do takes its time.
  await core.clock.advance(JOB_MS);
}

async function mustAllBeIn(
  run: KitRun,
  kind: EntityKind,
  bodies: readonly EntityBody[],
  why = '',
  isIn: (n: number) => boolean = () => true,
): Promise<void> {
  const { core, definition, http } = run;
  const expected = bodies.filter((_, n) => isIn(n)).length;
  const ours = await Promise.all(bodies.map((_, n) => core.link(kind, idOf(n))));
  const ids = new Set(ours.flatMap((link) => link?.remote?.id ?? []));
  assert.equal(
    ids.size,
    expected,
    `${why}: ${JSON.stringify(ours.map((link) => link?.dead ?? link?.remote))}`,
  );
  const others = (await core.link(kind, KIT_IDS[kind])) === null ? 0 : 1;
  assert.equal(run.count(kind) - others, expected, `${why}: records of a ${kind} in the CRM`);
  assert.deepEqual(core.errors, []);
  for (const [n, body] of bodies.entries()) {
    if (!isIn(n)) continue;
    const link = ours[n];
    assert.ok(link?.remote && link.shadow, `${why}: ${recordKey(kind, idOf(n))} is not in`);
    const read = await definition.kinds[kind]?.read?.(http, link.remote.id);
    if (read === undefined) continue;
    const { fields } = await run.draft(body);
    const shown = applied(read).fields;
    for (const [name, sent] of Object.entries(fields)) {
      if (definition.kinds[kind]?.sharings[name] !== undefined) continue;
      assert.ok(
        isSame(sent, shown[name] ?? null),
        `${why}: ${name} of number ${n} is ${JSON.stringify(shown[name])}`,
      );
    }
  }
}
