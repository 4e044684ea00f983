import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Milestone } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { OurShare } from '../../../src/domain/crm-copy.ts';
import { fieldMark } from '../../../src/domain/merging/field-marks.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const ADDRESS = '12 High Street';
const milestone = (type: string, day: number, notes: string | null = null): Milestone => ({
  type,
  date: Date.UTC(2026, 4, day),
  notes,
});
const sent = ({ type, date, notes }: Milestone): JsonObject => ({
  type,
  date: new Date(date).toISOString(),
  notes,
});
const house = (...milestones: readonly Milestone[]) => propertyBody({ address: ADDRESS, milestones });

const AUCTION = milestone('auction', 9);
const SETTLEMENT = milestone('settlement', 30);
const THEIRS = { type: 'open home', date: '2026-05-02', notes: 'by hand' };

describe('milestones and risk flags that people add in the CRM', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const shown = (): Json => core.crm.of('property')[0]?.fields['milestones'] ?? null;
  const upsert = async (...milestones: readonly Milestone[]): Promise<void> => {
    await core.upsert('p1', house(...milestones));
    await core.converge();
  };
  const edit = async (milestones: Json): Promise<void> => {
    await core.clock.advance(120_000);
    core.crm.edit(core.crm.of('property')[0]?.id ?? '', { milestones });
  };

  it('stay, whatever Zena adds, changes and takes out', async () => {
    core.crm.add('property', { address: ADDRESS, milestones: [THEIRS] }, 0);
    await core.clock.advance(10_000);
    await upsert(AUCTION);
    expect(shown()).toEqual([THEIRS, sent(AUCTION)]);
    await upsert(SETTLEMENT);
    expect(shown()).toEqual([THEIRS, sent(SETTLEMENT)]);
    const more = { ...THEIRS, date: '2026-05-03' };
    await edit([THEIRS, sent(SETTLEMENT), more]);
    await upsert();
    expect(shown()).toEqual([THEIRS, more]);
  });

  it('cost one request a change, as before', async () => {
    await upsert(AUCTION);
    const before = core.crm.calls.length;
    await upsert(AUCTION, SETTLEMENT);
    expect(core.crm.calls.slice(before).map(({ verb }) => verb)).toEqual(['list', 'update']);
    expect(shown()).toEqual([sent(AUCTION), sent(SETTLEMENT)]);
  });

  it('where they changed one of Zena’s, have hers again and their own in the timeline', async () => {
    await upsert(AUCTION);
    const moved = { ...sent(AUCTION), date: '2026-06-01T00:00:00.000Z' };
    await edit([moved]);
    await upsert(AUCTION, SETTLEMENT);
    expect(shown()).toEqual([sent(AUCTION), sent(SETTLEMENT)]);
    const link = await core.link('property', 'p1');
    const { items } = await core.store.timeline.ofLink(link?.id as never, null, 100);
    expect(items).toContainEqual(
      expect.objectContaining({ code: 'updated', replaced: { milestones: [moved] } }),
    );
  });

  it('stay though a write of which nobody heard was taken, or was not', async () => {
    await upsert(AUCTION);
    for (const fault of ['lost', 'dropped'] as const) {
      await edit([THEIRS, ...(shown() as Json[])]);
      core.crm.fault = (verb) => (verb === 'update' ? fault : 'none');
      await core.upsert('p1', house(fault === 'lost' ? SETTLEMENT : AUCTION));
      await core.clock.advance(11_000);
      core.crm.fault = () => 'none';
      await core.converge();
    }
    expect(shown()).toEqual([THEIRS, THEIRS, sent(AUCTION)]);
  });

  it('stay as flags, too, and one that Zena merely says as well stays when she says it no more', async () => {
    const deal = (...riskFlags: string[]) => dealBody({ propertyId: 'p1', riskFlags });
    await upsert();
    await core.upsert('d1', deal('finance'));
    await core.converge();
    const flags = (): Json => core.crm.of('deal')[0]?.fields['riskFlags'] ?? null;
    await core.clock.advance(120_000);
    core.crm.edit(core.crm.of('deal')[0]?.id ?? '', { riskFlags: ['finance', 'asbestos'] });
    await core.upsert('d1', deal('finance', 'pest', 'asbestos'));
    await core.converge();
    expect(flags()).toEqual(['finance', 'pest', 'asbestos']);
    await core.upsert('d1', deal());
    await core.converge();
    expect(flags()).toEqual(['asbestos']);
  });

  it('stay where the link is one of before, whose list was written as a whole: what it said there is its own', async () => {
    await upsert(AUCTION, SETTLEMENT);
    const link = await core.link('property', 'p1');
    const { lines: _, ...ours } = link?.copy?.ours as OurShare;
    const milestones = [sent(AUCTION), sent(SETTLEMENT)];
    const former = { ...ours, lines: {}, values: { ...ours.values, milestones: [fieldMark(milestones)] } };
    core.store.database
      .prepare('UPDATE links SET copy = ?')
      .run(JSON.stringify({ ...link?.copy, ours: former }));
    await edit([...milestones, THEIRS]);
    await upsert(SETTLEMENT);
    expect(shown()).toEqual([sent(SETTLEMENT), THEIRS]);
  });

  it('are as safe as a value that they had and Zena said, too, for a time', async () => {
    const theirs = { email: 'ada@example.test', phone: '021 1', type: 'vendor' };
    core.crm.add('contact', theirs, 0);
    await core.clock.advance(10_000);
    const ada = (phones: string[], role: string) =>
      contactBody({ emails: ['ada@example.test'], phones, role });
    await core.upsert('c1', ada(['021 1'], 'buyer'));
    await core.converge();
    await core.upsert('c1', ada([], ''));
    await core.converge();
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ phone: '021 1', type: '' });
  });
});
