import { describe, expect, it } from '@jest/globals';
import { decodeHints, encodeHints } from '../../../../src/change-feed/kafka/hints/work-hint-message.ts';
import type { Scope } from '../../../../src/domain/connection.ts';

const scope = (at: number): Scope => `conn-${at}.0a1b2c3d4e5f`;
const json = (message: unknown) => Buffer.from(JSON.stringify(message));

describe('A hint', () => {
  it('is heard by others as it was told, and not by who told it', () => {
    const [message] = encodeHints('w1', { scopes: [scope(1), scope(2)], connectionIds: ['conn-3'] });
    expect(decodeHints(message ?? null, 'w2')).toEqual([
      { kind: 'connection', connectionId: 'conn-3' },
      { kind: 'due', scopes: [scope(1), scope(2)] },
    ]);
    expect(decodeHints(message ?? null, 'w1')).toEqual([]);
  });

  it('of very many scopes is told in several messages, which are all taken', () => {
    const scopes = Array.from({ length: 1_201 }, (_, at) => scope(at));
    const messages = encodeHints('w1', { scopes, connectionIds: ['conn-1'] });
    const heard = messages.flatMap((each) => decodeHints(each, 'w2'));
    expect(messages).toHaveLength(3);
    expect(heard.flatMap((each) => (each.kind === 'due' ? each.scopes : []))).toEqual(scopes);
    expect(heard.filter(({ kind }) => kind === 'connection')).toHaveLength(1);
  });

  it.each([
    ['a null value', null],
    ['no JSON', Buffer.from('due')],
    ['a bare null', json(null)],
    ['a list', json([])],
    ['nobody', json({ due: [scope(1)], connections: [] })],
    ['no list of scopes', json({ from: 'w1', due: scope(1), connections: [] })],
    ['a scope that is none', json({ from: 'w1', due: ['conn'], connections: [] })],
    ['an id that is none', json({ from: 'w1', due: [], connections: [7] })],
    ['an id with a space', json({ from: 'w1', due: [], connections: ['a b'] })],
    ['too many', json({ from: 'w1', due: Array(501).fill(scope(1)), connections: [] })],
    ['too much', json({ from: 'w1', due: [], connections: [], more: 'x'.repeat(512 * 1_024) })],
  ])('of another shape is ignored: %s', (_, value) => {
    expect(decodeHints(value, 'w2')).toEqual([]);
  });
});
