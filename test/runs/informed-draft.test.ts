import { describe, expect, it } from '@jest/globals';
import { asLastSent, isForeseeable } from '../../src/runs/informed-draft.ts';
import { contact, contactBody } from '../support/builders.ts';
import { vaultDraft } from '../support/vault-draft.ts';

const record = contact('c1');
const draft = vaultDraft(contactBody());
const desired = { record, references: new Map(), draft, referred: false };
const shadow = {
  fields: { email: 'as sent' },
  hash: 'as sent',
  version: record.version,
  revision: 1,
  mapping: 'm',
};

describe('a draft without what its mapping has to know', () => {
  it('is what was last sent, where neither the record nor the mapping is another', () => {
    const same = asLastSent(desired, { shadow }, { mappingVersion: 'm' });
    expect(same.draft).toMatchObject({ hash: 'as sent', fields: { email: 'as sent' } });
    for (const [last, mappingVersion] of [
      [null, 'm'],
      [shadow, 'another'],
      [{ ...shadow, version: record.version - 1 }, 'm'],
    ] as const)
      expect(asLastSent(desired, { shadow: last }, { mappingVersion })).toBe(desired);
  });

  it('foresees no field that is empty for want of it', () => {
    expect(isForeseeable([], false)).toBe(false);
    expect(isForeseeable([], true)).toBe(true);
    expect(isForeseeable('Lead', false)).toBe(true);
  });
});
