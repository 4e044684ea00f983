import { describe, expect, it } from '@jest/globals';
import { createProgressRecorder } from '../../../../src/change-feed/kafka/feed/progress-recorder.ts';
import { StoreUnavailable } from '../../../../src/state-store/state-store.port.ts';
import { createMemoryFeedPositions } from '../../../support/memory-feed-positions.ts';

const at = (next: bigint) => ({ topic: 'contacts', partition: 0, next });

describe('What was taken in', () => {
  const recording = () => {
    const positions = createMemoryFeedPositions();
    const commits: string[] = [];
    const recorder = createProgressRecorder(positions);
    const record = (next: bigint) =>
      recorder.record(at(next), (offset) => {
        commits.push(`${offset} of ${String(positions.all().get('contacts/0'))}`);
        return Promise.resolve();
      });
    return { positions, commits, recorder, record };
  };

  it('stands in the store before the group has it', async () => {
    const { commits, record } = recording();
    await record(3n);
    await record(7n);
    expect(commits).toEqual(['3 of 3', '7 of 7']);
  });

  it('is never set back by what was seen earlier and comes late', async () => {
    const { commits, record } = recording();
    await Promise.all([record(4n), record(9n)]);
    await record(4n);
    await record(9n);
    expect(commits).toEqual(['9 of 9']);
  });

  it('is not committed while the store is away, and is afterwards', async () => {
    const { positions, commits } = recording();
    let away = true;
    const recorder = createProgressRecorder({
      advance: (each) =>
        away ? Promise.reject(new StoreUnavailable('away')) : Promise.resolve(positions.advance(each)),
    });
    const commit = (offset: string) => Promise.resolve(void commits.push(offset));
    await expect(recorder.record(at(3n), commit)).rejects.toThrow('away');
    expect(commits).toEqual([]);
    away = false;
    await recorder.record(at(3n), commit);
    expect(commits).toEqual(['3']);
  });

  it('may be of an earlier place again in the next generation', async () => {
    const { commits, recorder, record } = recording();
    await record(9n);
    recorder.renew();
    await record(5n);
    expect(commits).toEqual(['9 of 9', '5 of 9']);
  });
});
