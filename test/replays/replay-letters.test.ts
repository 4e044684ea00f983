import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import type { DeadLetterFilter, Replay } from '../../src/domain/replay.ts';
import { PLAN_LIFETIME_MS } from '../../src/replays/replay-letters.ts';
import { event } from '../domain/change-arbitraries.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, place, type CoreHarness } from '../support/core-harness.ts';
import { lettersOf, refuseContacts, replayToEnd, unreadable, untilReplayed } from './replay-steps.ts';

let core: CoreHarness;
beforeEach(async () => {
  core = await createCoreHarness();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await core.close();
});

const plan = (filter: DeadLetterFilter = {}): Promise<Replay> => core.replays.plan(filter, 'operator-1');
const accept = (): void => {
  core.crm.rejects = () => false;
};
const onlyLetter = async (): Promise<DeadLetter> => (await lettersOf(core))[0] as DeadLetter;

describe('the plan of a replay', () => {
  it('counts what would be sent, would fail again and has moved on, and sends nothing', async () => {
    await refuseContacts(core, ['c1', 'c2', 'c3']);
    await core.store.deadLetters.put([unreadable(7)]);
    // One is delivered since, though its letter stands open; one is wanted anew and not yet delivered.
    accept();
    await core.upsert('c3', contactBody({ emails: ['c3@new.test'] }));
    await core.converge();
    const [of3] = await lettersOf(core, { entityId: 'c3', statuses: ['superseded'] });
    await core.store.deadLetters.setStatus([of3?.id ?? ''], ['superseded'], 'open');
    await core.patchConnection({ status: 'paused' });
    await core.upsert('c2', contactBody({ emails: ['c2@new.test'] }));
    const calls = core.crm.calls.length;

    const planned = await plan();

    expect(planned.plan).toEqual({
      total: 4,
      toDeliver: 2,
      toDecode: 1,
      superseded: 1,
      parked: 0,
      willFailAgain: 1,
      crmCalls: 4,
    });
    expect(planned).toMatchObject({ status: 'planned', requestedBy: 'operator-1', startedAt: null });
    expect(core.crm.calls).toHaveLength(calls);
  });

  it('is begun once, and not when it is too old', async () => {
    const { replayId } = await plan();
    const outcomes = await Promise.all([core.replays.begin(replayId), core.replays.begin(replayId)]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['begun', 'used']);
    expect(await core.replays.begin('no-plan')).toEqual({ kind: 'unknown' });
    const old = await plan();
    await core.clock.advance(PLAN_LIFETIME_MS);
    expect(await core.replays.begin(old.replayId)).toEqual({ kind: 'expired' });
  });
});

describe('a replay of deliveries', () => {
  it('delivers the present state and resolves the letters', async () => {
    await refuseContacts(core, ['c1', 'c2']);
    accept();
    const replay = await replayToEnd(core);
    expect(replay).toMatchObject({ status: 'completed', finishedAt: expect.any(Number) });
    expect(replay.counts).toMatchObject({ walked: 2, delivered: 2, delivering: 0, failedAgain: 0 });
    expect(core.crm.of('contact')).toHaveLength(2);
    expect((await lettersOf(core)).map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect((await core.link('contact', 'c1'))?.dead).toBeNull();
  });

  it('tries each once, counts the replays, and parks what was tried five times', async () => {
    await refuseContacts(core, ['c1']);
    for (let replays = 1; replays <= 5; replays += 1) {
      const creates = core.crm.calledSince(0, 'create');
      const replay = await replayToEnd(core);
      expect(replay.status).toBe('completed_with_failures');
      expect(replay.counts).toMatchObject({ walked: 1, failedAgain: 1, delivered: 0 });
      expect(core.crm.calledSince(0, 'create')).toBe(creates + 1);
      expect(await onlyLetter()).toMatchObject({ replays, status: replays < 5 ? 'open' : 'parked' });
    }
    expect((await plan()).plan.total).toBe(0);
    const creates = core.crm.calledSince(0, 'create');
    const again = await replayToEnd(core, { statuses: ['parked'] });
    expect(again.plan).toMatchObject({ total: 1, parked: 1, toDeliver: 0 });
    expect(again.counts).toMatchObject({ walked: 1, parked: 1 });
    expect(core.crm.calledSince(0, 'create')).toBe(creates);
  });

  it('starts anew with new credentials, also for what was parked', async () => {
    await refuseContacts(core, ['c1']);
    for (let replays = 1; replays <= 5; replays += 1) await replayToEnd(core);
    const { epoch } = await core.connection();
    await core.patchConnection({ epoch: epoch + 1 });
    accept();
    expect((await replayToEnd(core, { statuses: ['parked'] })).counts.delivered).toBe(1);
    expect((await onlyLetter()).status).toBe('resolved');
  });

  it('notes what has moved on, without a call', async () => {
    await refuseContacts(core, ['c1']);
    accept();
    await core.upsert('c1', contactBody({ name: 'Ada King' }));
    await core.converge();
    const { id } = await onlyLetter();
    await core.store.deadLetters.setStatus([id], ['superseded'], 'open');
    const calls = core.crm.calls.length;
    expect((await replayToEnd(core)).counts).toMatchObject({ walked: 1, superseded: 1, delivered: 0 });
    expect((await onlyLetter()).status).toBe('superseded');
    expect(core.crm.calls).toHaveLength(calls);
  });

  it('takes only what had failed when it was planned', async () => {
    await refuseContacts(core, ['c1']);
    const { replayId } = await plan();
    await refuseContacts(core, ['c2']);
    accept();
    await core.replays.begin(replayId);
    expect((await untilReplayed(core, replayId)).counts).toMatchObject({ walked: 1, delivered: 1 });
    expect((await lettersOf(core, { entityId: 'c2' })).map(({ status }) => status)).toEqual(['open']);
  });

  it('goes on after a crash between the marks and the cursor, with the same counts', async () => {
    await refuseContacts(core, ['c1', 'c2', 'c3']);
    const creates = core.crm.calledSince(0, 'create');
    const { replayId } = await plan();
    await core.replays.begin(replayId);
    jest.spyOn(core.store.replays, 'replace').mockImplementationOnce(async () => {
      await core.crash();
      throw new Error('it died here');
    });
    const replay = await untilReplayed(core, replayId);
    expect(replay.counts).toMatchObject({ walked: 3, failedAgain: 3 });
    expect(core.crm.calledSince(0, 'create')).toBe(creates + 3);
    expect((await lettersOf(core)).map(({ replays }) => replays)).toEqual([1, 1, 1]);
  });

  it('stops when it is cancelled: what it had not sent stays a dead letter', async () => {
    await refuseContacts(core, ['c1', 'c2']);
    await core.patchConnection({ status: 'paused' });
    const { replayId } = await plan();
    await core.replays.begin(replayId);
    await core.clock.advance(1_000);
    expect((await core.replays.progress(replayId))?.counts).toMatchObject({ walked: 2, delivering: 2 });
    expect(await core.replays.cancel(replayId)).toMatchObject({ status: 'cancelled' });
    accept();
    const calls = core.crm.calls.length;
    await core.patchConnection({ status: 'active' });
    await core.converge();
    expect(core.crm.calls).toHaveLength(calls);
    expect((await core.link('contact', 'c1'))?.dead).not.toBeNull();
    expect((await lettersOf(core)).map(({ status }) => status)).toEqual(['open', 'open']);
  });

  it('drops also what was marked while it was being cancelled', async () => {
    await refuseContacts(core, ['c1']);
    await core.patchConnection({ status: 'paused' });
    const { replayId } = await plan();
    const { markLook } = core.store.links;
    jest.spyOn(core.store.links, 'markLook').mockImplementationOnce(async (marks) => {
      await core.replays.cancel(replayId);
      await markLook(marks);
    });
    await core.replays.begin(replayId);
    await core.clock.advance(1_000);
    expect((await core.link('contact', 'c1'))?.nextAt).toBeNull();
  });

  it('has at most a thousand marked and not settled', async () => {
    await refuseContacts(
      core,
      Array.from({ length: 1_150 }, (_, index) => `c${index}`),
    );
    accept();
    const { replayId } = await plan();
    await core.replays.begin(replayId);
    let most = 0;
    const { counts } = await untilReplayed(core, replayId, (progress) => {
      most = Math.max(most, progress.counts.delivering);
    });
    expect(counts).toMatchObject({ walked: 1_150, delivered: 1_150 });
    expect(most).toBeLessThanOrEqual(1_000);
    expect(most).toBeGreaterThan(300);
  }, 120_000);
});

describe('a replay of events that could not be read', () => {
  const change = event({ entityId: 'c9' }, place(7));

  it('takes in what can be read now', async () => {
    await core.store.deadLetters.put([unreadable(7)]);
    core.decoding.again = async (letter) => {
      expect(Buffer.from(letter.value ?? []).toString()).toBe('event 7');
      return { ok: true, change };
    };
    expect((await replayToEnd(core)).counts).toMatchObject({ walked: 1, decoded: 1, undecodable: 0 });
    await core.converge();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect((await onlyLetter()).status).toBe('resolved');
  });

  it('keeps what is unreadable still, with what is wrong now, and parks it in the end', async () => {
    await core.store.deadLetters.put([unreadable(7)]);
    core.decoding.again = async () => ({ ok: false, code: 'INVALID_AVRO', detail: 'cut short' });
    for (let replays = 1; replays <= 5; replays += 1) {
      const replay = await replayToEnd(core);
      expect(replay.status).toBe('completed_with_failures');
      expect(replay.counts).toMatchObject({ walked: 1, undecodable: 1 });
      const { id } = await onlyLetter();
      expect(await core.store.deadLetters.read(id)).toMatchObject({
        replays,
        code: 'INVALID_AVRO',
        detail: 'cut short',
        firstFailedAt: 1_000,
        status: replays < 5 ? 'open' : 'parked',
        value: unreadable(7).value,
      });
    }
  });

  it('waits while the registry can not answer, and leaves the letter as it is', async () => {
    await core.store.deadLetters.put([unreadable(7), unreadable(8)]);
    const before = await lettersOf(core);
    const { replayId } = await plan();
    await core.replays.begin(replayId);
    await core.clock.advance(60_000);
    expect(await core.replays.progress(replayId)).toMatchObject({ status: 'running', counts: { walked: 0 } });
    expect(await lettersOf(core)).toEqual(before);
    core.errors.length = 0;
    core.decoding.again = async ({ source }) =>
      source?.offset === '7' ? { ok: true, change } : { ok: false, code: 'INVALID_AVRO', detail: 'x' };
    const replay = await untilReplayed(core, replayId);
    expect(replay.counts).toMatchObject({ walked: 2, decoded: 1, undecodable: 1 });
  });
});
