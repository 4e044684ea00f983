import { expect, it } from '@jest/globals';
import type { DecodeDeadLetter, StateStore } from '../../../src/state-store/state-store.ts';

function letter(id: string, over: Partial<DecodeDeadLetter> = {}): DecodeDeadLetter {
  return {
    id,
    topic: 'zena.contact.changes',
    partition: 0,
    offset: '9223372036854775807',
    key: new Uint8Array([0, 255]),
    value: new Uint8Array([0, 0, 0, 0, 7, 254]),
    code: 'UNREADABLE',
    detail: 'not a change event',
    failedAt: 1_000,
    ...over,
  };
}

export function deadLetterContract(store: () => StateStore): void {
  it('counts each letter once, however often it is put', async () => {
    expect(await store().deadLetters.count()).toBe(0);
    await store().deadLetters.put([letter('l-1'), letter('l-2', { key: null, value: null })]);
    await store().deadLetters.put([letter('l-1', { failedAt: 2_000 }), letter('l-3')]);
    await store().deadLetters.put([]);
    expect(await store().deadLetters.count()).toBe(3);
  });

  it('counts once what many put at once', async () => {
    await Promise.all(
      Array.from({ length: 8 }, () => store().deadLetters.put([letter('l-1'), letter('l-2')])),
    );
    expect(await store().deadLetters.count()).toBe(2);
  });

  it('drops those that failed before a time, and no others', async () => {
    await store().deadLetters.put([letter('l-1'), letter('l-2', { failedAt: 2_000 })]);
    expect(await store().deadLetters.prune(2_000)).toBe(1);
    expect(await store().deadLetters.count()).toBe(1);
  });

  it('takes a large value', async () => {
    await store().deadLetters.put([letter('l-1', { value: new Uint8Array(5 * 1024 * 1024).fill(7) })]);
    expect(await store().deadLetters.count()).toBe(1);
  });
}
