import { describe, expect, it } from '@jest/globals';
import { asSeenBy, maySee, ownOnly, userPrincipal } from '../../src/domain/may-see.ts';
import { contactBody, record, tombstone, USER } from '../support/builders.ts';

const me = userPrincipal(USER);
const somebody = userPrincipal('user-2');
const ada = record('c1', contactBody({ name: 'Canary' }), {
  version: 7,
  revision: 3,
  accountId: 'canary-office',
  place: { topic: 'canary-topic', partition: 1, offset: '77' },
  references: ['deal/canary'],
  formerUserIds: ['canary-user'],
});

describe('who may see a record', () => {
  it('is the user whose it is, deleted or not', () => {
    expect([maySee(me, ada), maySee(somebody, ada)]).toEqual([true, false]);
    expect(maySee(me, tombstone(ada))).toBe(true);
  });

  it('is no one whose id only begins like it, or differs in case', () => {
    for (const id of ['', 'user', 'user-11', 'USER-1', ' user-1'])
      expect(maySee(userPrincipal(id), ada)).toBe(false);
  });
});

describe('a record as somebody sees it', () => {
  it('is whole for its own user', () => {
    expect(asSeenBy(me, ada)).toBe(ada);
    expect(ownOnly(me, ada)).toBe(ada);
  });

  it('is for others only that there is one, of somebody else', () => {
    const seen = asSeenBy(somebody, ada);
    expect(seen).toMatchObject({ key: 'contact/c1', userId: USER, revision: 3, version: 0, body: null });
    expect(JSON.stringify(seen)).not.toMatch(/canary/i);
    expect(ownOnly(somebody, ada)).toBeNull();
    expect(ownOnly(me, undefined)).toBeNull();
  });
});
