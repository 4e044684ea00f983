import { describe, expect, it } from '@jest/globals';
import { fubLimits } from '../../../src/connectors/follow-up-boss/limits.ts';

const NOTE = { verb: 'update', method: 'POST', path: ['notes'] } as const;
const PUT = { verb: 'update', method: 'PUT', path: ['people', '7'] } as const;
const FIND = { verb: 'find', method: 'GET', path: ['people'] } as const;

describe('the limits of Follow Up Boss', () => {
  it('count notes, changes of people and the rest apart', () => {
    const { contexts } = fubLimits(false);
    expect([NOTE, PUT, FIND].map((request) => contexts?.of(request))).toEqual([
      ['notes'],
      ['people.PUT'],
      ['global'],
    ]);
  });

  it('are twice as many for a registered system where the vendor says so', () => {
    const callsOf = (isRegistered: boolean) =>
      fubLimits(isRegistered).contexts?.all.map(({ name, calls }) => [name, calls]);
    expect(callsOf(false)).toEqual([
      ['global', 125],
      ['events.GET', 10],
      ['notes', 10],
      ['people.PUT', 25],
    ]);
    expect(callsOf(true)).toContainEqual(['global', 250]);
    expect(callsOf(true)).toContainEqual(['notes', 10]);
  });

  it('are also those that all accounts of the registered system share, as the vendor lists them', () => {
    const { contexts } = fubLimits(true);
    expect(contexts?.of(NOTE)).toEqual(['notes', 'notes of all accounts']);
    expect(contexts?.all.filter((context) => context.of === 'application').map(({ name }) => name)).toEqual([
      'global of all accounts',
      'events.GET of all accounts',
      'notes of all accounts',
      'people.PUT of all accounts',
    ]);
    const limits = [
      { route: 'notes', window: 10, per_account: 10, across_all_accounts: 40 },
      { route: 'nothing known', window: 10, per_account: 1, across_all_accounts: 1 },
      { route: 'global', across_all_accounts: 'many' },
    ];
    const asked = { verb: 'list', method: 'GET', path: ['rateLimit', 'limits'] } as const;
    expect(contexts?.listed?.({ limits }, asked)).toEqual([
      { context: 'notes of all accounts', calls: 40, windowMs: 10_000 },
    ]);
    expect(contexts?.listed?.({ limits }, FIND)).toEqual([]);
    expect(fubLimits(false).contexts?.listed).toBeUndefined();
  });

  it('are what the headers of an answer say, of the request that it answers', () => {
    const { contexts } = fubLimits(false);
    const headers = {
      'x-ratelimit-limit': '20',
      'x-ratelimit-remaining': '3',
      'x-ratelimit-window': '10',
      'x-ratelimit-context': 'whatever they call it',
    };
    expect(contexts?.told({ status: 200, headers }, NOTE)).toEqual([
      { context: 'notes', calls: 20, left: 3, windowMs: 10_000 },
    ]);
    expect(contexts?.told({ status: 429, headers: { ...headers, 'retry-after': '4' } }, PUT)).toMatchObject([
      { context: 'people.PUT', retryAfterMs: 4_000 },
    ]);
  });

  it('are not guessed from headers that say nothing', () => {
    const { contexts } = fubLimits(false);
    const headers = { 'x-ratelimit-limit': 'many', 'retry-after': 'soon' };
    expect(contexts?.told({ status: 429, headers }, FIND)).toEqual([{ context: 'global' }]);
  });
});
