import { beforeEach, describe, expect, it } from '@jest/globals';
import { createHintOutages } from '../../../../src/change-feed/kafka/hints/hint-outages.ts';
import { createHintSender } from '../../../../src/change-feed/kafka/hints/hint-sender.ts';
import { decodeHints } from '../../../../src/change-feed/kafka/hints/work-hint-message.ts';
import type { Scope } from '../../../../src/domain/connection.ts';
import type { WorkHint } from '../../../../src/change-feed/work-hints.port.ts';
import { createVirtualClock, type VirtualClock } from '../../../../src/runtime/virtual-clock.ts';
import { createQuietLogger, type QuietLogger } from '../../quiet-logger.ts';

const scope = (at: number): Scope => `conn-${at}.0a1b2c3d4e5f`;
const due = (...scopes: Scope[]): WorkHint => ({ kind: 'due', scopes });

describe('The sender of hints', () => {
  let clock: VirtualClock;
  let log: QuietLogger;
  let sends: WorkHint[][];
  let trouble: Error | null;
  let stopping: AbortController;
  let publish: (hint: WorkHint) => void;
  const warnings = () =>
    log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields['code']);

  beforeEach(() => {
    [clock, log, sends, trouble] = [createVirtualClock(), createQuietLogger(), [], null];
    stopping = new AbortController();
    publish = createHintSender({
      workerId: 'w1',
      clock,
      stopping: stopping.signal,
      attempted: createHintOutages(log, 'work').of('sender'),
      send(messages) {
        sends.push(messages.flatMap((each) => decodeHints(each, 'w2')));
        return trouble === null ? Promise.resolve() : Promise.reject(trouble);
      },
    });
  });

  it('sends what comes together once, together', async () => {
    publish(due(scope(1), scope(2)));
    publish(due(scope(1)));
    publish({ kind: 'connection', connectionId: 'conn-7' });
    expect(sends).toEqual([]);
    await clock.advance(5);
    expect(sends).toEqual([[{ kind: 'connection', connectionId: 'conn-7' }, due(scope(2), scope(1))]]);
    publish(due(scope(3)));
    await clock.advance(5);
    expect(sends.slice(1)).toEqual([[due(scope(3))]]);
  });

  it('tells once that the brokers are away, asks them ever more rarely, and tells when they are back', async () => {
    trouble = new Error('no broker');
    for (let second = 0; second < 120; second += 1) {
      publish(due(scope(second)));
      await clock.advance(1_000);
    }
    expect(sends.length).toBeLessThan(10);
    expect(warnings()).toEqual(['BROKER_UNAVAILABLE']);
    trouble = null;
    await clock.advance(31_000);
    expect(log.lines.at(-1)).toMatchObject({ event: 'hints.resumed' });
    const last = sends.at(-1)?.[0];
    expect(last?.kind === 'due' && last.scopes.includes(scope(119))).toBe(true);
  });

  it('asks once a minute for a topic that is missing', async () => {
    const cause = Object.assign(new Error('no such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
    trouble = new Error('gave up', { cause });
    for (let second = 0; second < 180; second += 1) {
      publish(due(scope(second)));
      await clock.advance(1_000);
    }
    expect(sends.length).toBeLessThanOrEqual(4);
    expect(warnings()).toEqual(['TOPIC_MISSING']);
  });

  it('keeps the latest 10,000 while it can not send', async () => {
    publish(due(...Array.from({ length: 10_005 }, (_, at) => scope(at))));
    await clock.advance(5);
    const scopes = sends.flat().flatMap((each) => (each.kind === 'due' ? each.scopes : []));
    expect(scopes).toHaveLength(10_000);
    expect(scopes[0]).toBe(scope(5));
  });

  it('sends nothing more once it is stopped', async () => {
    publish(due(scope(1)));
    stopping.abort();
    publish(due(scope(2)));
    await clock.advance(60_000);
    expect(sends).toEqual([]);
  });
});
