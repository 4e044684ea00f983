import { Binary } from 'mongodb';
import type { DecodeDeadLetter } from '../state-store.ts';

export interface DeadLetterDocument {
  /** The letter's id. */
  readonly _id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key?: Binary;
  readonly value?: Binary;
  readonly code: string;
  readonly detail: string;
  readonly failedAt: number;
}

export function deadLetterDocument({ key, value, ...letter }: DecodeDeadLetter): DeadLetterDocument {
  return {
    _id: letter.id,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    ...(key !== null && { key: new Binary(key) }),
    ...(value !== null && { value: new Binary(value) }),
    code: letter.code,
    detail: letter.detail,
    failedAt: letter.failedAt,
  };
}
