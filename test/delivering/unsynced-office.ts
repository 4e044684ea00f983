import type { Change } from '../../src/domain/change-event.ts';
import { contactBody, dealBody, propertyBody } from '../support/builders.ts';
import type { CoreHarness } from '../support/core-harness.ts';
import { event } from '../domain/change-arbitraries.ts';

/** Takes changes in while the user has no connection: nothing of them flows by itself, a full sync brings them. */
export async function takeUnconnected(core: CoreHarness, changes: readonly Change[]): Promise<void> {
  const { status } = await core.connection();
  await core.patchConnection({ status: 'disconnected' });
  await core.take(changes);
  await core.patchConnection({ status });
  // The worker of before has seen by now that there is nothing for it.
  await core.clock.advance(1_000);
}

export function contactChanges(count: number): Change[] {
  return Array.from({ length: count }, (_, index) => {
    const id = String(index).padStart(5, '0');
    return event({
      entityId: `c${id}`,
      body: contactBody({ name: `Ada ${id}`, emails: [`${id}@example.test`] }),
    });
  });
}

/** Three contacts, a property of two of them and a deal of both. */
export function smallOffice(): Change[] {
  return [
    ...contactChanges(3),
    event({
      kind: 'property',
      entityId: 'p1',
      body: propertyBody({ vendors: ['c00000'], buyers: ['c00001'] }),
    }),
    event({ kind: 'deal', entityId: 'd1', body: dealBody({ propertyId: 'p1', contacts: ['c00002'] }) }),
  ];
}
