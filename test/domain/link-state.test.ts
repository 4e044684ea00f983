import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueTime, LINK_STATES, linkId, linkState, newLink, type Link } from '../../src/domain/link.ts';
import { recordKey, referencesOf, splitRecordKey } from '../../src/domain/entity.ts';
import { CONNECTION_ID, deadMark, dealBody, propertyBody, SCOPE, USER } from '../support/builders.ts';

const NOW = 10_000;
const fresh = newLink(SCOPE, CONNECTION_ID, USER, recordKey('contact', 'c1'));
const remote = { id: 'crm-1', version: null, origin: 'created' } as const;
const claim = { token: 't', epoch: 1, until: NOW + 1 };
const dead = deadMark();
const intent = {
  keyValue: null,
  keyHash: null,
  bodyHash: 'h',
  fieldNames: [],
  sentAt: 1,
  sentUntil: 2,
};

describe('a link’s state in a word', () => {
  it.each<[string, Partial<Link>]>([
    ['unlinked', {}],
    ['linked', { remote }],
    ['due', { nextAt: NOW }],
    ['due', { nextAt: NOW, remote, dead }],
    ['waiting', { nextAt: NOW + 1 }],
    ['waiting', { nextAt: 1, notBefore: NOW + 1 }],
    ['waiting', { nextAt: 1, quietUntil: NOW + 1 }],
    ['working', { nextAt: NOW, claim }],
    ['due', { nextAt: NOW, claim: { ...claim, until: NOW } }],
    ['dead', { dead, remote }],
    ['creating', { intent, nextAt: NOW, claim, dead }],
  ])('is %s', (state, over) => {
    expect(linkState({ ...fresh, ...over }, NOW)).toBe(state);
  });

  it('is one of those that are listed, and back-off alone makes nothing due', () => {
    expect(LINK_STATES).toContain(linkState({ ...fresh, notBefore: NOW - 1 }, NOW));
    expect(linkState({ ...fresh, notBefore: NOW - 1, quietUntil: NOW + 1 }, NOW)).toBe('unlinked');
  });

  it('is due only when nothing holds it back any more', () => {
    const times = fc.option(fc.nat(20_000), { nil: null });
    fc.assert(
      fc.property(fc.nat(20_000), times, times, (nextAt, notBefore, quietUntil) => {
        const link = { ...fresh, nextAt, notBefore, quietUntil };
        for (const time of [nextAt, notBefore, quietUntil])
          expect(dueTime(link)).toBeGreaterThanOrEqual(time ?? 0);
        expect(linkState(link, dueTime(link))).toBe('due');
        if (dueTime(link) > 0) expect(linkState(link, dueTime(link) - 1)).toBe('waiting');
      }),
    );
  });
});

describe('the name of a record', () => {
  it('comes apart into what it was made of, whatever the id holds', () => {
    const ids = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(fc.constantFrom('contact', 'property', 'deal'), ids, (kind, entityId) => {
        expect(splitRecordKey(recordKey(kind, entityId))).toEqual({ kind, entityId });
      }),
    );
    expect(linkId(SCOPE, recordKey('deal', 'a/b'))).toBe(`${SCOPE}/deal/a/b`);
  });

  it('stands once in the references of a body, in the order of first mention', () => {
    expect(referencesOf(dealBody({ propertyId: 'p1', contacts: ['c2', 'c1', 'c2'] }))).toEqual([
      'property/p1',
      'contact/c2',
      'contact/c1',
    ]);
    expect(referencesOf(propertyBody({ vendors: ['c1'], buyers: ['c2', 'c1'] }))).toEqual([
      'contact/c1',
      'contact/c2',
    ]);
  });
});
