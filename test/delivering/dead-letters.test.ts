import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';

const HOUR_MS = 3_600_000;
const ada = contactBody({ name: 'Ada Lovelace', emails: ['ada@example.test'] });
const bob = contactBody({ name: 'Bob', emails: ['bob@example.test'] });

let core: CoreHarness;
beforeEach(async () => {
  core = await createCoreHarness();
});
afterEach(async () => {
  expect(core.errors).toEqual([]);
  await core.close();
});

async function letters(): Promise<readonly DeadLetter[]> {
  return (await core.store.deadLetters.list({}, null, 100)).items;
}

async function theLetter(): Promise<DeadLetter> {
  const [letter, ...more] = await letters();
  expect(more).toEqual([]);
  if (letter === undefined) throw new Error('there is no dead letter');
  return letter;
}

/** The very event that is stored, put back by somebody. */
async function putBack(entityId: string): Promise<void> {
  const version = (await core.store.records.read([`contact/${entityId}`])).get(
    `contact/${entityId}`,
  )?.version;
  const record = (await core.store.records.read([`contact/${entityId}`])).get(`contact/${entityId}`);
  if (version === undefined || record?.body == null) throw new Error('nothing to put back');
  expect(await core.upsert(entityId, record.body, { version })).toBe('repeated');
}

async function rejectAda(): Promise<void> {
  core.crm.rejects = (fields) => fields['email'] === 'ada@example.test';
  await core.upsert('c1', ada);
  await core.converge();
}

describe('a record that the CRM rejects', () => {
  it('is a dead letter at once, with the CRM’s words, once in the index and in the topic', async () => {
    await rejectAda();
    const link = await core.link('contact', 'c1');
    expect(link).toMatchObject({ nextAt: null, untold: false, dead: { code: 'HTTP_400', replays: 0 } });
    const letter = await theLetter();
    expect(letter).toMatchObject({
      id: link?.dead?.id,
      kind: 'deliver',
      status: 'open',
      code: 'HTTP_400',
      attempts: 1,
      replays: 0,
      fields: [{ field: 'email', message: 'bad' }],
      entity: 'contact',
      entityId: 'c1',
      value: null,
      delivery: { connectionId: 'conn-1', userId: 'user-1', provider: 'mri_vault', revision: 1 },
    });
    expect(core.topic).toEqual([{ letter, record: expect.objectContaining({ entityId: 'c1' }) }]);
  });

  it('that the topic did not take is nobody’s business any more once the record is delivered', async () => {
    core.topicFault = new Error('away');
    await rejectAda();
    expect(await core.link('contact', 'c1')).toMatchObject({ untold: true });
    core.crm.rejects = () => false;
    await core.upsert('c1', contactBody({ name: 'Ada King', emails: ['ada@example.test'] }));
    await core.converge();
    expect(await core.link('contact', 'c1')).toMatchObject({ dead: null, untold: false });
    expect(await core.store.links.unfinishedScopes(10)).toEqual([]);
    core.errors.length = 0;
  });

  it('leaves the others alone', async () => {
    await rejectAda();
    await core.upsert('c2', bob);
    await core.converge();
    expect(core.crm.of('contact').map((record) => record.fields['firstName'])).toEqual(['Bob']);
  });

  it('is resolved when it is delivered after all', async () => {
    await rejectAda();
    core.crm.rejects = () => false;
    await putBack('c1');
    await core.converge();
    expect(await theLetter()).toMatchObject({ status: 'resolved' });
    expect(await core.link('contact', 'c1')).toMatchObject({ dead: null });
  });

  it('is superseded by a newer version that gets through', async () => {
    await rejectAda();
    await core.upsert('c1', contactBody({ name: 'Ada', emails: ['new@example.test'] }));
    await core.converge();
    expect(await theLetter()).toMatchObject({ status: 'superseded' });
  });

  it('is another letter when a newer version is rejected, too', async () => {
    await rejectAda();
    await core.upsert('c1', contactBody({ name: 'Ada King', emails: ['ada@example.test'] }));
    await core.converge();
    expect(new Set((await letters()).map((letter) => letter.id)).size).toBe(2);
    expect((await core.link('contact', 'c1'))?.dead).toMatchObject({ replays: 0, revision: 2 });
  });
});

describe('an event that was put back', () => {
  it('wakes what is dead, five times at most, and then it is parked', async () => {
    await rejectAda();
    for (let replays = 1; replays <= 7; replays += 1) {
      const before = core.crm.calls.length;
      await putBack('c1');
      await core.converge();
      const tried = replays <= 5;
      expect(core.crm.calledSince(before) > 0).toBe(tried);
      expect(await theLetter()).toMatchObject({
        replays: Math.min(replays, 5),
        status: replays < 5 ? 'open' : 'parked',
      });
    }
  });

  it('wakes nothing that lives', async () => {
    await core.upsert('c1', ada);
    await core.converge();
    const before = core.crm.calls.length;
    await putBack('c1');
    await core.converge();
    expect(core.crm.calledSince(before)).toBe(0);
  });

  it('starts anew with new credentials', async () => {
    await rejectAda();
    for (let replays = 1; replays <= 5; replays += 1) {
      await putBack('c1');
      await core.converge();
    }
    const { epoch } = await core.connection();
    await core.patchConnection({ epoch: epoch + 1 });
    await core.store.links.markLook([
      {
        scope: (await core.link('contact', 'c1'))?.scope ?? 'x.y',
        connectionId: 'conn-1',
        userId: 'user-1',
        key: 'contact/c1',
        lane: 'live',
        now: core.clock.now(),
      },
    ]);
    await core.converge();
    expect(await theLetter()).toMatchObject({ replays: 0, status: 'open' });
  });
});

describe('the link as outbox', () => {
  it('tells again what the topic did not take, also while nothing is due', async () => {
    core.topicFault = new Error('the topic is away');
    await rejectAda();
    expect(core.errors.map(({ event }) => event)).toContain('dead_letter_untold');
    core.errors.length = 0;
    expect(await core.link('contact', 'c1')).toMatchObject({ untold: true, nextAt: null });
    expect(await letters()).toHaveLength(1);
    core.topicFault = null;
    await core.clock.advance(6_000);
    expect(core.topic).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ untold: false });
    core.errors.length = 0;
  });

  it('is told of by the successor of a process that died over it', async () => {
    core.topicFault = new Error('the topic is away');
    await rejectAda();
    await core.crash();
    core.topicFault = null;
    core.errors.length = 0;
    await core.clock.advance(1_000);
    expect(core.topic).toHaveLength(1);
    expect(await letters()).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ untold: false });
  });
});

describe('attempts', () => {
  beforeEach(async () => {
    await core.close();
    core = await createCoreHarness({ pollEveryMs: 20_000 });
  });

  it('count while the CRM takes authenticate, and the last of them makes a dead letter', async () => {
    await core.upsert('c1', ada);
    await core.converge();
    core.crm.fault = (verb) => (verb === 'update' ? 'refused' : 'none');
    await core.upsert('c1', contactBody({ name: 'Ada King', emails: ['ada@example.test'] }));
    const before = core.crm.calls.length;
    await core.clock.advance(2 * HOUR_MS);
    expect(await theLetter()).toMatchObject({ code: 'RETRIES_EXHAUSTED', attempts: 4 });
    expect(core.crm.calledSince(before, 'update')).toBe(4);
    expect(core.crm.calledSince(before, 'verify')).toBe(4);
  });

  it('do not count while the CRM is down: after a day nothing is dead, and all of it arrives', async () => {
    core.crm.fault = () => 'refused';
    await core.upsert('c1', ada);
    await core.upsert('c2', bob);
    await core.clock.advance(24 * HOUR_MS);
    expect(await letters()).toEqual([]);
    core.crm.fault = () => 'none';
    await core.clock.advance(2 * HOUR_MS);
    expect(core.crm.of('contact')).toHaveLength(2);
    expect(await letters()).toEqual([]);
  });

  it('count a create that never answers, look before each, and end', async () => {
    core.crm.fault = (verb) => (verb === 'create' ? 'dropped' : 'none');
    await core.upsert('c1', ada);
    await core.clock.advance(3 * HOUR_MS);
    const verbs = core.crm.calls.map((call) => call.verb).filter((verb) => verb !== 'verify');
    // Once to find what the unanswered one made, and once more right before it is made again.
    const again = ['find', 'find', 'create'];
    expect(verbs).toEqual(['find', 'create', ...again, ...again, ...again, 'find']);
    expect(await theLetter()).toMatchObject({ code: 'RETRIES_EXHAUSTED' });
    expect(await core.link('contact', 'c1')).toMatchObject({ intent: null, nextAt: null });
  });

  it('find what an unanswered create made long before it would be tried again', async () => {
    core.crm.fault = (verb) => (verb === 'create' ? 'lost' : 'none');
    await core.upsert('c1', ada);
    await core.clock.advance(30_000);
    expect(core.crm.of('contact')).toHaveLength(1);
    expect(await core.link('contact', 'c1')).toMatchObject({ nextAt: null, remote: { origin: 'created' } });
  });
});
