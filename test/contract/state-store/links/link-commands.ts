import fc from 'fast-check';
import { NOTHING_OURS, type CrmCopy } from '../../../../src/domain/crm-copy.ts';
import type { RecordKey } from '../../../../src/domain/entity.ts';
import { LANES, type CreateIntent, type Lane, type Remote } from '../../../../src/domain/link.ts';
import type { LinkPatch, NextLook } from '../../../../src/state-store/link-store.port.ts';
import { crmCopy, deadMark } from '../../../support/builders.ts';

/** One step of a random history. Times are taken from the history's own clock. */
export type LinkCommand =
  | { readonly do: 'want'; readonly key: RecordKey; readonly wanted: number }
  | {
      readonly do: 'look';
      readonly key: RecordKey;
      readonly lane: Lane;
      readonly runId: string | undefined;
      readonly skipBackOff: boolean;
    }
  | { readonly do: 'wake'; readonly key: RecordKey }
  | { readonly do: 'wakeDead'; readonly key: RecordKey; readonly mostReplays: number }
  | { readonly do: 'clearUntold'; readonly key: RecordKey; readonly failedAt: number }
  | {
      readonly do: 'claim';
      /** Null: of all. */
      readonly lane: Lane | null;
      readonly limit: number;
      readonly epoch: number;
      readonly for: number;
    }
  | { readonly do: 'settle'; readonly held: number; readonly patch: LinkPatch; readonly next: NextLook }
  | { readonly do: 'extend'; readonly held: number; readonly for: number }
  | { readonly do: 'beginCreate'; readonly held: number; readonly intent: CreateIntent }
  | { readonly do: 'noteCopy'; readonly held: number; readonly copy: CrmCopy }
  | { readonly do: 'passOurs'; readonly key: RecordKey; readonly copy: CrmCopy }
  | { readonly do: 'clearShadows' | 'clearCopies'; readonly key: RecordKey }
  | { readonly do: 'noteTouched'; readonly key: RecordKey; readonly at: number }
  | { readonly do: 'recordLost'; readonly key: RecordKey; readonly remote: Remote }
  | { readonly do: 'dropWork' }
  | { readonly do: 'dropRun'; readonly runId: string }
  | { readonly do: 'pass'; readonly ms: number };

const key = fc.constantFrom<RecordKey>('contact/a', 'contact/__proto__', 'deal/$a.b');
const lane = fc.constantFrom(...LANES);
const runId = fc.constantFrom('run-1', 'run-2');
const remote = fc.record({
  id: fc.constantFrom('r-1', 'r-2', 'r.3/$'),
  version: fc.constantFrom(null, 'v1'),
  origin: fc.constantFrom('created', 'adopted'),
}) satisfies fc.Arbitrary<Remote>;
const job = { job: { 'a.b': '$x' }, row: 'contact/$a.b', lookAgainAt: 1_200 };
const intent: fc.Arbitrary<CreateIntent> = fc.oneof(intentOf({}), intentOf({ job: fc.constant(job) }));

function intentOf(more: { readonly job?: fc.Arbitrary<typeof job> }): fc.Arbitrary<CreateIntent> {
  return fc.record({
    keyValue: fc.constantFrom(null, { email: 'a@b.c' }),
    keyHash: fc.constantFrom(null, 'k-1'),
    bodyHash: fc.constant('b-1'),
    fieldNames: fc.constant(['email', 'a.b$c']),
    sentAt: fc.nat(100),
    sentUntil: fc.nat(200),
    ...more,
  });
}
const failedAt = fc.constantFrom(700, 800);
const time = fc.option(fc.integer({ min: 1_000, max: 1_400 }), { nil: null });

const copy = fc.record({ heldAt: fc.nat(9), before: fc.constantFrom(null, { 'a.b': '$x' }) }).map(crmCopy);

const patch: fc.Arbitrary<LinkPatch> = fc.record(
  {
    intent: fc.option(intent, { nil: null }),
    quietUntil: time,
    notBefore: time,
    attempts: fc.nat(5),
    waitingSince: time,
    remote: fc.option(remote, { nil: null }),
    keyHash: fc.constantFrom(null, 'k-1', 'k-2'),
    shadow: fc.constantFrom(null, {
      fields: { 'a.b': '$x' },
      hash: 'h',
      version: 1,
      revision: 1,
      mapping: 'm',
    }),
    copy: fc.option(copy, { nil: null }),
    sought: fc.constantFrom(null, { keyHash: 'k-1', at: 5 }),
    left: fc.constantFrom({}, { 'r-9': NOTHING_OURS }),
    recreatedAt: fc.constantFrom(null, 3),
    wake: fc.boolean(),
    untold: fc.boolean(),
    dead: fc.option(
      fc.record({ at: failedAt, replays: fc.nat(2) }).map((over) => deadMark(over)),
      { nil: null },
    ),
    journal: fc.nat(9),
    runResult: fc.record({ id: runId, result: fc.constantFrom('created', 'failed') }),
  },
  { requiredKeys: [] },
);
const next: fc.Arbitrary<NextLook> = fc.oneof(
  fc.constantFrom<NextLook>({ kind: 'rest' }, { kind: 'back_off' }, { kind: 'keep' }),
  fc.record({ kind: fc.constant('at' as const), at: fc.integer({ min: 1_000, max: 1_400 }) }),
);

const command: fc.Arbitrary<LinkCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('want' as const), key, wanted: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('look' as const),
      key,
      lane,
      runId: fc.option(runId, { nil: undefined }),
      skipBackOff: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wake' as const), key }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wakeDead' as const), key, mostReplays: fc.nat(2) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('clearUntold' as const), key, failedAt }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      lane: fc.oneof(
        { weight: 2, arbitrary: fc.constant('live' as const) },
        { weight: 3, arbitrary: lane },
        { weight: 2, arbitrary: fc.constant(null) },
      ),
      limit: fc.integer({ min: 1, max: 3 }),
      epoch: fc.integer({ min: 1, max: 2 }),
      for: fc.integer({ min: 1, max: 120 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('settle' as const), held: fc.nat(3), patch, next }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('extend' as const), held: fc.nat(3), for: fc.nat(200) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('beginCreate' as const), held: fc.nat(3), intent }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('noteCopy' as const), held: fc.nat(3), copy }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('passOurs' as const), key, copy }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('clearShadows' as const, 'clearCopies' as const), key }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('noteTouched' as const),
      key,
      at: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recordLost' as const), key, remote }) },
  { weight: 1, arbitrary: fc.constant({ do: 'dropWork' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dropRun' as const), runId }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 150 }) }),
  },
);

export const linkHistory: fc.Arbitrary<LinkCommand[]> = fc.array(command, { minLength: 1, maxLength: 40 });
export const HISTORY_KEYS: readonly RecordKey[] = ['contact/a', 'contact/__proto__', 'deal/$a.b'];
