import { describe, expect, it } from '@jest/globals';
import { NOTHING_OURS } from '../../../src/domain/crm-copy.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { wholeShare } from '../../../src/domain/merging/merge-fields.ts';
import { peoplesContent } from '../../../src/domain/merging/peoples-content.ts';

const sharings = { notes: 'lines', vendors: 'references' } as const;
const SENT = { name: 'Ada', notes: 'first line of ours\nsecond line', vendors: ['1', '2'], phone: '' };
const of = (held: JsonObject, ours = wholeShare(SENT, sharings)) =>
  peoplesContent({ held: { ...SENT, ...held }, ours, sharings, sent: [SENT] });

describe('what people entered in a CRM record', () => {
  it.each<[string, JsonObject]>([
    ['nothing else stands there', {}],
    ['the CRM wrote its own', { id: 7, createdAt: 'x', updated_at: 1, version: 3 }],
    ['it wrote ours in its own way', { name: ' ADA ', vendors: [2, { id: '1' }] }],
    ['it wrapped a line', { notes: 'first line\nof ours\nsecond line' }],
    ['it cut the text', { notes: 'first line of ours\nsecond' }],
    ['it cut the first line', { notes: 'firs' }],
    ['something of ours is gone', { name: null, notes: '', vendors: [] }],
  ])('is nothing where %s', (_, held) => {
    expect(of(held)).toEqual({});
  });

  it.each<[JsonObject, JsonObject]>([
    [{ name: 'Augusta' }, { name: 'Augusta' }],
    [{ phone: '021' }, { phone: '021' }],
    [{ birthday: '1815' }, { birthday: '1815' }],
    [{ notes: 'first line of ours\ncall her\nsecond line' }, { notes: 'call her' }],
    [{ notes: 'second line of ours' }, { notes: 'second line of ours' }],
    [{ vendors: ['1', '9', '2'] }, { vendors: ['9'] }],
    [{ vendors: 'the whole family' }, { vendors: 'the whole family' }],
  ])('%j is %j', (held, theirs) => {
    expect(of(held)).toEqual(theirs);
  });

  it('is everything where nothing is known to be ours', () => {
    expect(of({}, NOTHING_OURS)).toEqual({ name: 'Ada', notes: SENT.notes, vendors: ['1', '2'] });
  });

  it('is nothing that a CRM fills by itself', () => {
    expect(of({ status: 'active', ownerId: 7, createdBy: 'api', archived: false, updatedAt: 'now' })).toEqual(
      {},
    );
    expect(of({ mobile: '021 555 0101' })).toEqual({ mobile: '021 555 0101' });
  });
});
