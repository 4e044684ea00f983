import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { vaultFields } from '../../src/connectors/mri-vault/mapping.ts';
import type { EntityBody, EntityKind } from '../../src/domain/entity.ts';
import { isNewer } from '../../src/domain/deciding/sharers.ts';
import type { ZenaRecord } from '../../src/domain/record.ts';
import { canonicalJson, type Json } from '../../src/domain/json.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { contactBody, dealBody, propertyBody } from '../support/builders.ts';
import { createCoreHarness, HARNESS_USER, type CoreHarness } from '../support/core-harness.ts';
import type { ModelFault } from '../support/model-crm.ts';

/** What may happen, in any order, at any distance in time. */
type Act =
  | { readonly act: 'upsert'; readonly entityId: string; readonly body: EntityBody }
  | { readonly act: 'remove'; readonly entityId: string; readonly kind: EntityKind }
  | { readonly act: 'replay' }
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'crash' }
  | { readonly act: 'sync' };

const contactIds = ['c1', 'c2', 'c3'];
const contacts = fc.record({
  name: fc.constantFrom('Ada Lovelace', 'Prince', 'Nguyễn Văn An', ''),
  emails: fc.constantFrom(
    ['one@example.test'],
    ['two@example.test'],
    ['ONE@example.test'],
    ['three@example.test'],
  ),
});
const properties = fc.record({
  address: fc.constantFrom('1 High Street', '2 Low Road', '3 Far Lane'),
  vendors: fc.subarray([...contactIds, 'nobody']),
});
const deals = fc.record({
  propertyId: fc.constantFrom('p1', 'p2'),
  stage: fc.constantFrom('offer', 'settled'),
  contacts: fc.subarray(contactIds),
});
const upserts: fc.Arbitrary<Act> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...contactIds), contacts)
    .map(([entityId, c]): Act => ({ act: 'upsert', entityId, body: contactBody(c) })),
  fc
    .tuple(fc.constantFrom('p1', 'p2'), properties)
    .map(([entityId, p]): Act => ({ act: 'upsert', entityId, body: propertyBody(p) })),
  fc
    .tuple(fc.constantFrom('d1', 'd2'), deals)
    .map(([entityId, d]): Act => ({ act: 'upsert', entityId, body: dealBody(d) })),
);
const removals: fc.Arbitrary<Act> = fc.constantFrom<Act>(
  { act: 'remove', kind: 'contact', entityId: 'c1' },
  { act: 'remove', kind: 'contact', entityId: 'c2' },
  { act: 'remove', kind: 'property', entityId: 'p1' },
  { act: 'remove', kind: 'deal', entityId: 'd1' },
);
const acts = fc.array(
  fc.oneof(
    { arbitrary: upserts, weight: 8 },
    { arbitrary: removals, weight: 2 },
    {
      arbitrary: fc.constantFrom(0, 10, 25, 3_000, 15_000, 70_000).map((ms): Act => ({ act: 'wait', ms })),
      weight: 5,
    },
    { arbitrary: fc.constant<Act>({ act: 'crash' }), weight: 1 },
    { arbitrary: fc.constant<Act>({ act: 'sync' }), weight: 1 },
    { arbitrary: fc.constant<Act>({ act: 'replay' }), weight: 1 },
  ),
  { minLength: 1, maxLength: 25 },
);

async function perform(core: CoreHarness, act: Act): Promise<void> {
  if (act.act === 'upsert') await core.upsert(act.entityId, act.body);
  else if (act.act === 'remove') await core.remove(act.kind, act.entityId);
  else if (act.act === 'wait') await core.clock.advance(act.ms);
  else if (act.act === 'crash') await core.crash();
  else if (act.act === 'sync') await core.runs.start(await core.connection());
  else await core.upsert('c1', contactBody({ name: 'Replayed' }), { version: 0 });
}

const KINDS: readonly EntityKind[] = ['contact', 'property', 'deal'];

/**
 * Each live record's fields as the CRM should hold them, one per CRM record: of sharers, the newest. A record without a key whose
 * create was never answered may be given up for a person to decide; then at most its one CRM record is left over.
 */
async function expectEqual(core: CoreHarness): Promise<void> {
  const live: ZenaRecord[] = [];
  for (const kind of KINDS) {
    const { items: page } = await core.store.records.page(HARNESS_USER, kind, null, 100);
    live.push(...page.filter((record) => !record.deleted));
  }
  const remoteOf = new Map<string, string>();
  let uncertain = 0;
  for (const record of live) {
    const link = await core.link(record.kind, record.entityId);
    if (link?.remote) remoteOf.set(record.key, link.remote.id);
    expect({ key: record.key, strays: link?.strays }).toEqual({ key: record.key, strays: [] });
    if (link?.dead?.code === 'CREATE_AMBIGUOUS' && link.intent?.keyHash === null) uncertain += 1;
    else
      expect({ key: record.key, dead: link?.dead ?? null, remote: link?.remote !== null }).toEqual({
        key: record.key,
        dead: null,
        remote: true,
      });
  }
  const speaker = new Map<string, ZenaRecord>();
  for (const record of live) {
    const id = remoteOf.get(record.key);
    if (id === undefined) continue;
    const other = speaker.get(id);
    if (other === undefined || isNewer(record, other)) speaker.set(id, record);
  }
  const unspoken = [...core.crm.records.keys()].filter((id) => !speaker.has(id));
  expect(unspoken.length).toBeLessThanOrEqual(uncertain);
  for (const [id, record] of speaker) {
    const body = record.body as EntityBody;
    const fields = vaultFields(body, (key) => remoteOf.get(key) ?? null);
    expect(canonicalJson(core.crm.records.get(id)?.fields as Json)).toBe(canonicalJson(fields));
  }
}

async function run(seed: number, list: readonly Act[], faultRate: number): Promise<void> {
  const core = await createCoreHarness({ seed, pollEveryMs: 2_000 });
  const random = seededRandom(seed);
  const faults: readonly ModelFault[] = ['lost', 'dropped', 'refused', 'rate_limited', 'slow_commit'];
  core.crm.fault = () =>
    random.next() < faultRate ? (faults[Math.floor(random.next() * faults.length)] as ModelFault) : 'none';
  for (const act of list) await perform(core, act);
  core.crm.fault = () => 'none';
  await core.converge();
  expect(core.errors).toEqual([]);
  await expectEqual(core);
  await core.close();
}

/**
 * The same histories at every run, so that a failure is somebody's change and not chance. To look further:
 * `CONVERGENCE_RUNS=5000 CONVERGENCE_SEED=$RANDOM npm run test:core -- test/delivering/convergence`.
 */
const SEED = Number(process.env['CONVERGENCE_SEED'] ?? 20_261_124);
const runsOf = (usual: number): number => Number(process.env['CONVERGENCE_RUNS'] ?? usual);
const PATIENCE_MS = process.env['CONVERGENCE_RUNS'] === undefined ? 120_000 : 3_600_000;

describe('whatever happens, in whatever order', () => {
  it(
    'the CRM ends equal to Zena, each entity once, when everything works',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), acts, (seed, list) => run(seed, list, 0)),
        { seed: SEED, numRuns: runsOf(150) },
      );
    },
    PATIENCE_MS,
  );

  it(
    'and when calls get lost, come late, are refused or limited, and the process dies',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), acts, (seed, list) => run(seed, list, 0.3)),
        { seed: SEED, numRuns: runsOf(300) },
      );
    },
    PATIENCE_MS,
  );
});
