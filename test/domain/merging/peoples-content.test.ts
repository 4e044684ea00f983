import { describe, expect, it } from '@jest/globals';
import { NOTHING_OURS } from '../../../src/domain/crm-copy.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { answeredShare, mergeFields, wholeShare } from '../../../src/domain/merging/merge-fields.ts';
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

  it('is what else people can enter there', () => {
    const ours = wholeShare(SENT, sharings);
    const theirs = peoplesContent({
      held: SENT,
      ours,
      sharings,
      sent: [SENT],
      rest: { company: 'Analytical Engines', fax: '', id: 7, name: 'Ada' },
    });
    expect(theirs).toEqual({ company: 'Analytical Engines' });
  });

  it('is no address that somebody wrote in another way', () => {
    const address = { address: 'Unit 5, 14 Ocean Street, Bondi' };
    const kept = { address: 'address' } as const;
    const left = (held: string) =>
      peoplesContent({
        held: { address: held },
        ours: wholeShare(address, kept),
        sharings: kept,
        sent: [address],
      });
    expect(left('5/14 Ocean St Bondi')).toEqual({});
    expect(left('514 Ocean St, Bondi')).toEqual({ address: '514 Ocean St, Bondi' });
  });

  it('is theirs in a list of items that the CRM answered in its own way', () => {
    const kept = { flags: 'items' } as const;
    const { fields, ours } = mergeFields({
      zena: { flags: ['finance'] },
      sharings: kept,
      held: { flags: ['by hand'] },
      ours: NOTHING_OURS,
      heldBefore: null,
    });
    const held = {
      flags: [
        { id: 1, name: 'by hand' },
        { id: 2, name: 'finance' },
      ],
    };
    const left = peoplesContent({
      held,
      ours: answeredShare(ours, fields, held),
      sharings: kept,
      sent: [fields],
    });
    expect(left).toEqual({ flags: [{ id: 1, name: 'by hand' }] });
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
