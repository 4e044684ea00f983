import { placeName, type LogModel } from './model/crm-model.ts';
import { POISON_CODES } from './model/poison.ts';
import type { TopicMessage } from './model/read-topic.ts';
import type { IndexedLetter } from './stage/service-client.ts';

export interface LetterFindings {
  /** Different letters about messages that can't be read. */
  readonly decode: number;
  /** Letters that stand in the topic more than once, beyond the first. */
  readonly copies: number;
  /** Letters about deliveries, by code. */
  readonly deliver: Readonly<Record<string, number>>;
  /** What is missing, too much or not as it should be, for people. */
  readonly wrong: readonly string[];
}

/** Compares the dead letters, in the topic and in the index, with the poison that stands in the change topics: one for each, with its bytes and its cause. */
export function judgeLetters(
  letters: readonly TopicMessage[],
  index: readonly IndexedLetter[],
  { poisons }: LogModel,
): LetterFindings {
  const byPlace = new Map<string, TopicMessage>();
  const deliver: Record<string, number> = {};
  const wrong: string[] = [];
  let copies = 0;
  for (const letter of letters) {
    const { headers } = letter;
    if (headers['dlq.kind'] !== 'decode') {
      const code = headers['dlq.error.code'] ?? 'none';
      deliver[code] = (deliver[code] ?? 0) + 1;
      continue;
    }
    const place = placeOf(letter);
    if (byPlace.has(place)) copies += 1;
    byPlace.set(place, letter);
  }
  for (const { place, poison, value } of poisons) {
    const letter = byPlace.get(place);
    const code = letter?.headers['dlq.error.code'];
    if (letter === undefined) wrong.push(`${poison} at ${place} has no dead letter`);
    else if (code !== POISON_CODES[poison])
      wrong.push(`${poison} at ${place} is ${code ?? 'without a code'}`);
    else if (!value.equals(letter.value ?? Buffer.alloc(0)))
      wrong.push(`${poison} at ${place} has other bytes`);
  }
  const poisoned = new Set(poisons.map(({ place }) => place));
  for (const [place, { headers }] of byPlace) {
    if (!poisoned.has(place))
      wrong.push(`${place} is a dead letter (${headers['dlq.error.code']}) and no poison`);
  }
  wrong.push(...judgeIndex(index, poisons));
  return { decode: byPlace.size, copies, deliver, wrong };
}

/** Each poison once in the index, waiting for a person. */
function judgeIndex(index: readonly IndexedLetter[], poisons: LogModel['poisons']): string[] {
  const places = index.flatMap(({ kind, status, source }) =>
    kind === 'decode' && status === 'open' && source !== null
      ? [placeName(source.topic, source.partition, source.offset)]
      : [],
  );
  const poisoned = poisons.map(({ place }) => place);
  return [
    ...poisoned.filter((each) => !places.includes(each)).map((each) => `${each} is not in the index`),
    ...places
      .filter((each) => !poisoned.includes(each))
      .map((each) => `${each} is in the index and no poison`),
    ...places
      .filter((each, at) => places.indexOf(each) !== at)
      .map((each) => `${each} is in the index twice`),
  ];
}

function placeOf({ headers }: TopicMessage): string {
  const {
    'dlq.source.topic': topic,
    'dlq.source.partition': partition,
    'dlq.source.offset': offset,
  } = headers;
  return placeName(topic ?? '', partition ?? '', offset ?? '');
}
