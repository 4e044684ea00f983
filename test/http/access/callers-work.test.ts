import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { worksFor } from '../../../src/runtime/loop-turns.ts';
import { event } from '../../domain/change-arbitraries.ts';
import { contactBody } from '../../support/builders.ts';
import { changeEnvelope } from '../../../src/domain/events/change-envelope.ts';
import { startApi, type ApiHarness } from '../api-harness.ts';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

describe('what a request sets off', () => {
  const change = (id: string) => {
    const told = event({ entityId: id, body: contactBody() });
    if (told.type !== 'event') throw new TypeError('no event');
    return { entity: 'contact', ...changeEnvelope(told.event) };
  };

  it('is done for its caller, and lets others come between one change and the next', async () => {
    const breaths: string[] = [];
    jest.spyOn(api.store, 'breathe').mockImplementation(async () => void breaths.push(worksFor()));
    const scopes = ['changes:write'];
    const changes = ['c-1', 'c-2', 'c-3'].map(change);
    const answer = await api.call('POST', '/api/changes', { as: 'zena', scopes, body: changes });
    expect(answer.status).toBe(202);
    expect(breaths).toEqual(['zena', 'zena', 'zena']);
    expect(worksFor()).toBe('');
  });
});
