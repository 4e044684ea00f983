import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkId } from '../../src/domain/link.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';

const ada = contactBody({ emails: ['ada@example.test'] });

describe('a delivery whose claim another worker took over', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  /** The other worker has given the link this CRM record and has it in hand. */
  async function takenOver(remoteId: string): Promise<LinkId> {
    const id = (await core.link('contact', 'c1'))?.id as LinkId;
    await core.store.links.recordLost(id, { id: remoteId, version: null, origin: 'created' });
    core.store.database.prepare("UPDATE links SET claim_token = 'other' WHERE id = ?").run(id);
    return id;
  }

  it('leaves no trace of a CRM record that it only found', async () => {
    core.crm.add('contact', { email: 'ada@example.test' }, core.clock.now() - 10_000);
    await core.upsert('c1', ada);
    await core.clock.advance(10);
    await takenOver('crm-9');
    await core.clock.advance(1_000);
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: 'crm-9' }, strays: [] });
  });

  it('leaves the CRM record that it made on file', async () => {
    await core.upsert('c1', ada);
    await core.clock.advance(30);
    await takenOver('crm-9');
    await core.clock.advance(1_000);
    const made = core.crm.of('contact')[0]?.id;
    expect(made).toBeDefined();
    expect(await core.link('contact', 'c1')).toMatchObject({ remote: { id: 'crm-9' }, strays: [made] });
  });
});
