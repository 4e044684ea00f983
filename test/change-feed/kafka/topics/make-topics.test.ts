import { describe, expect, it } from '@jest/globals';
import { LeadersMissing, makeTopics } from '../../../../src/change-feed/kafka/topics/make-topics.ts';

const TOPIC = 'zena.contact.changes';
const unknown = (): Error =>
  Object.assign(new Error('not hosted here'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
const metadata = (...leaders: number[]) => ({
  topics: [
    {
      name: TOPIC,
      partitions: leaders.map((leader, partitionId) => ({
        leader,
        partitionId,
        partitionErrorCode: 0,
        replicas: [0],
        isr: [0],
      })),
    },
  ],
});

/** An admin client that answers these one after another, and the last of them for ever. */
function adminOf(...answers: (ReturnType<typeof metadata> | Error)[]) {
  const seen = { looks: 0, sleeps: 0 };
  const make = (): Promise<void> =>
    makeTopics(
      {
        createTopics: () => Promise.reject(unknown()),
        fetchTopicMetadata: () => {
          const answer = answers[Math.min(seen.looks++, answers.length - 1)] as (typeof answers)[number];
          return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
        },
      },
      [{ topic: TOPIC }],
      { sleep: () => Promise.resolve(void (seen.sleeps += 1)) },
    );
  return { seen, make };
}

describe('topics that are made', () => {
  it('are waited for where a broker has not heard of them yet, and until every partition has a leader', async () => {
    const { seen, make } = adminOf(unknown(), unknown(), metadata(0, -1), metadata(0, 0));
    await make();
    expect(seen).toEqual({ looks: 4, sleeps: 3 });
  });

  it('are given up with what the broker says when it never hears of them, and when no leader is chosen', async () => {
    await expect(adminOf(unknown()).make()).rejects.toThrow('not hosted here');
    await expect(adminOf(metadata(-1)).make()).rejects.toThrow(LeadersMissing);
  });

  it('are given up at once for any other answer', async () => {
    const noRights = Object.assign(new Error('no rights'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
    const { seen, make } = adminOf(noRights);
    await expect(make()).rejects.toThrow('no rights');
    expect(seen.looks).toBe(1);
    const refusing = {
      createTopics: () => Promise.reject(noRights),
      fetchTopicMetadata: () => Promise.reject(unknown()),
    };
    await expect(makeTopics(refusing, [{ topic: TOPIC }])).rejects.toThrow('no rights');
  });
});
