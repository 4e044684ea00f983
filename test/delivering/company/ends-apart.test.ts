import { afterEach, describe, expect, it } from '@jest/globals';
import { openKitRun, type KitRun, type KitRunOptions } from '../../contract/connector/kit/kit-run.ts';
import { madeUpSubject } from '../../contract/connector/kit/made-up/made-up-subject.ts';
import type { Strike } from '../../contract/connector/kit/struck-transport.ts';
import { contactChanges } from '../unsynced-office.ts';

const NO_JOBS: KitRunOptions = { jobsFrom: Number.POSITIVE_INFINITY };
const SOME = 5;

describe('records that go to the CRM together', () => {
  let run: KitRun | null = null;
  afterEach(async () => {
    await run?.close();
  });

  const taken = async (options: KitRunOptions, count: number, ...strikes: Strike[]): Promise<KitRun> => {
    run = await openKitRun(madeUpSubject, options);
    for (const strike of strikes) run.wire.strike(strike);
    await run.core.take(contactChanges(count));
    await run.core.converge();
    return run;
  };
  const creates = ({ wire }: KitRun): string[] =>
    wire.sent.filter(({ act }) => act?.does === 'create').map(({ url }) => new URL(url).pathname);
  const batch = (act: { readonly does: string }, { url }: { readonly url: string }): boolean =>
    act.does === 'create' && url.includes('/many/');

  it('go one by one where the CRM refuses them as a whole', async () => {
    const answer = { status: 400, body: { message: 'One of them is bad.' } };
    const kit = await taken(NO_JOBS, SOME, { when: batch, fault: { answer, after: false } });
    expect(creates(kit)).toEqual(['/many/contacts/made', ...Array.from({ length: SOME }, () => '/contacts')]);
    expect(kit.count('contact')).toBe(SOME);
    for (const { event } of eventsOf())
      expect((await kit.core.link('contact', event.entityId))?.dead).toBeNull();
  });

  it('go by themselves once they failed twice together', async () => {
    const fault = { answer: { status: 500 }, after: false } as const;
    const kit = await taken(NO_JOBS, SOME, { when: batch, times: 10, fault });
    expect(creates(kit).filter((path) => path.includes('many')).length).toBeLessThan(5);
    expect(kit.count('contact')).toBe(SOME);
  });

  it('are looked for, each of them, where the answer says less than was asked', async () => {
    const answer = { status: 200, body: {} };
    const kit = await taken(NO_JOBS, SOME, { when: batch, fault: { answer, after: true } });
    expect(kit.count('contact')).toBe(SOME);
    expect(creates(kit)).toEqual(['/many/contacts/made']);
  });

  it('are one call of the budget, and one pause where it is limited', async () => {
    const answer = { status: 429, headers: { 'retry-after': '2' } };
    const kit = await taken(NO_JOBS, SOME, { when: batch, fault: { answer, after: false } });
    expect(creates(kit)).toEqual(['/many/contacts/made', '/many/contacts/made']);
    const attempts = await Promise.all(
      eventsOf().map(async ({ event }) =>
        (await kit.core.codes('contact', event.entityId)).includes('retrying'),
      ),
    );
    expect(attempts).toEqual(attempts.map(() => false));
  });

  it('do without jobs where the CRM refuses one', async () => {
    const fault = { answer: { status: 403, body: { message: 'No jobs for you.' } }, after: false } as const;
    const job = (act: { readonly part: string | null }): boolean => act.part === 'job';
    const kit = await taken({ jobsFrom: 6 }, 30, { when: job, fault });
    expect(kit.count('contact')).toBe(30);
    expect(kit.wire.sent.filter(({ act }) => act?.part === 'job').length).toBeLessThanOrEqual(1);
  });

  function eventsOf() {
    return contactChanges(SOME).flatMap((change) => (change.type === 'event' ? [change] : []));
  }
});
