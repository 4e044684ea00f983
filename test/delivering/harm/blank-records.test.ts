import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityBody } from '../../../src/domain/entity.ts';
import { contactBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const BLANK = contactBody({ name: ' ', emails: ['', '\u200b'], phones: [], relationshipNotes: [] });
const BLANKS: readonly EntityBody[] = [
  BLANK,
  contactBody({ name: '', emails: ['n/a'], phones: [''], relationshipNotes: ['', ' '] }),
  propertyBody({ address: ' ', vendors: [], buyers: [], milestones: [], riskOverview: null }),
];
const FULL: readonly EntityBody[] = [
  contactBody({ name: 'Prince', emails: [], phones: [], relationshipNotes: [] }),
  contactBody({ name: '', emails: ['noemail@agency.test'], phones: [], relationshipNotes: [] }),
  contactBody({ name: '', emails: [], phones: ['021 555 123'], relationshipNotes: [] }),
  contactBody({ name: '', emails: [], phones: [], relationshipNotes: ['rang'] }),
  propertyBody({ address: '', vendors: [], buyers: [], milestones: [], riskOverview: 'damp' }),
];

describe('a record that says nothing', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  it.each(BLANKS)('is not made in the CRM, which its timeline and a preview say: %j', async (body) => {
    await core.upsert('r1', body);
    expect(await core.runs.preview(await core.connection(), 10)).toMatchObject({
      skipped: 1,
      items: [{ action: 'skip', reason: 'nothing_to_deliver' }],
    });
    await core.converge();
    expect(core.crm.of(body.kind)).toEqual([]);
    expect(await core.codes(body.kind, 'r1')).toEqual(['nothing_to_deliver']);
    const run = await core.runs.start(await core.connection());
    await core.converge();
    expect((await core.runs.progress(run.runId))?.totals).toMatchObject({ skipped: 1, created: 0 });
  });

  it.each(FULL)('is not one that says anything: %j', async (body) => {
    await core.upsert('r1', body);
    await core.converge();
    expect(core.crm.of(body.kind)).toHaveLength(1);
  });

  it('is made once there is something, and stays linked where that goes again', async () => {
    await core.upsert('c1', BLANK);
    await core.converge();
    await core.upsert('c1', contactBody({ name: 'Prince' }));
    await core.converge();
    await core.upsert('c1', BLANK);
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect((await core.link('contact', 'c1'))?.remote).not.toBeNull();
  });
});
