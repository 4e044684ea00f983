import { expect, it } from '@jest/globals';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { listRecords, readRecord } from '../../src/integrations/records.ts';
import { contactBody, USER } from '../support/builders.ts';
import { createCoreHarness } from '../support/core-harness.ts';

it('of a contact that a newer one speaks for is superseded, on its page and in the list', async () => {
  const core = await createCoreHarness();
  const ports = {
    store: core.store,
    catalogue: { available: [mriVault] },
    clock: core.clock,
    reconciler: { nudge: () => undefined },
  } as unknown as Parameters<typeof listRecords>[0];
  const states = async (): Promise<Record<string, string>> => {
    const query = { text: null, state: 'linked', kind: null, cursor: null, limit: 50 } as const;
    const listed = await listRecords(ports, USER, 'mri_vault', query);
    if (!listed.ok) throw new Error('not listed');
    for (const { kind, entityId, state } of listed.value.items) {
      const address = { userId: USER, provider: 'mri_vault', kind, entityId };
      const read = await readRecord(ports, address, { cursor: null, limit: 10 });
      expect(read).toMatchObject({ ok: true, value: { state } });
    }
    return Object.fromEntries(listed.value.items.map(({ entityId, state }) => [entityId, state]));
  };
  const shared = (phone: string) => contactBody({ emails: ['shared@example.test'], phones: [phone] });
  await core.upsert('c1', shared('1'));
  await core.converge();
  expect(await states()).toEqual({ c1: 'linked' });
  await core.clock.advance(1_000);
  await core.upsert('c2', shared('2'));
  await core.converge();
  expect(await states()).toEqual({ c1: 'superseded', c2: 'linked' });
  await core.clock.advance(1_000);
  await core.upsert('c1', shared('3'));
  await core.converge();
  expect(await states()).toEqual({ c1: 'linked', c2: 'superseded' });
  await core.close();
});
