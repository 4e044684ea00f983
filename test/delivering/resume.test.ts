import { expect, it, jest } from '@jest/globals';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness } from '../support/core-harness.ts';

it('goes on at once with a connection that is resumed while its worker still sees it paused', async () => {
  const core = await createCoreHarness();
  await core.patchConnection({ status: 'paused' });
  await core.clock.advance(1_000);
  await core.upsert('c1', contactBody({ emails: ['ada@example.test'] }));
  const { connections } = core.store;
  const read = connections.read.bind(connections);
  jest.spyOn(connections, 'read').mockImplementationOnce(async (id) => {
    const seen = await read(id);
    await core.patchConnection({ status: 'active' });
    return seen;
  });
  core.reconciler.connectionChanged('conn-1');
  await core.clock.advance(2_000);
  expect(core.crm.of('contact')).toHaveLength(1);
  expect(core.errors).toEqual([]);
  await core.close();
});
