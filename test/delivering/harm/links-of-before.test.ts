import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { vaultMapping } from '../../../src/connectors/mri-vault/mapping.ts';
import { readAccount } from '../../../src/delivering/steps/gather.ts';
import type { EntityBody, EntityKind } from '../../../src/domain/entity.ts';
import { newLink, type Link } from '../../../src/domain/link.ts';
import type { CrmFields } from '../../../src/domain/remote-record.ts';
import type { StateStore } from '../../../src/state-store/state-store.port.ts';
import {
  CONNECTION_ID,
  contact,
  contactBody,
  propertyBody,
  record,
  SCOPE,
  USER,
} from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';
import { vaultDraft } from '../../support/vault-draft.ts';

describe('a link that another connection of the account has from before', () => {
  const mine = record('p1', propertyBody({ address: '5 12 High St' }));
  const knownFor = async (of: typeof mine, kind: EntityKind, keyHash: string, held: CrmFields | null) => {
    const draft = of.body === null ? null : vaultDraft(of.body);
    const kin: Link = {
      ...newLink('other.0a1b2c3d4e5f', 'other', 'user-2', of.key),
      keyHash,
      remote: { id: 'theirs', version: null, origin: 'created' },
      shadow: held === null ? null : { fields: held, hash: 'h', version: 1, revision: 1, mapping: 'vault-1' },
    };
    const unread = {} as Pick<StateStore, 'records' | 'connections'>;
    const links = { findKin: () => Promise.resolve([kin]) } as unknown as StateStore['links'];
    const link = newLink(SCOPE, CONNECTION_ID, USER, of.key);
    const { known } = await readAccount(
      { ...unread, links },
      link,
      { record: of, draft },
      vaultMapping(kind),
    );
    return [...known.values()];
  };
  it('stands for an address by what it was last seen to hold, not by a hash that two addresses have', async () => {
    const both = vaultDraft(mine.body as EntityBody).keys[0]?.hash ?? '';
    expect(await knownFor(mine, 'property', both, { address: '5/12 High St' })).toEqual([]);
    expect(await knownFor(mine, 'property', both, { address: '5 12 High Street' })).toEqual(['theirs']);
    expect(await knownFor(mine, 'property', both, null)).toEqual([]);
  });

  it('stands for an e-mail by its former hash', async () => {
    const marked = contact('c1', { body: contactBody({ emails: ['Ada <ada@example.test>'] }) });
    const hash = vaultDraft(contactBody({ emails: ['ada@example.test'] })).keys[0]?.hash ?? '';
    expect(await knownFor(marked, 'contact', hash, null)).toEqual(['theirs']);
  });
});

describe('a record that a program without copies wrote last', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness();
  });
  afterEach(() => core.close());

  const body = (phone: string) => contactBody({ phones: [phone] });
  const phoneInCrm = () => core.crm.of('contact').map(({ fields }) => fields['phone']);

  /** As a worker of before leaves it: the record written whole, the shadow its own, the copy as it was. */
  async function writtenByFormer(phone: string): Promise<void> {
    const [there] = core.crm.of('contact');
    Object.assign(there?.fields ?? {}, { phone });
    const { fields, hash } = vaultDraft(body(phone));
    const shadow = { fields, hash, version: 2, revision: 2, mapping: 'vault-1' };
    core.store.database.prepare('UPDATE links SET shadow = ?').run(JSON.stringify(shadow));
  }

  it.each([
    ['right after it', false],
    ['after a look that found nothing to do', true],
  ])('gets a value back that it had before, %s', async (_, restsBetween) => {
    await core.upsert('c1', body('021 1'));
    await core.converge();
    await writtenByFormer('021 2');
    if (restsBetween) {
      await core.upsert('c1', body('021 2'));
      await core.converge();
      expect(phoneInCrm()).toEqual(['021 2']);
    }
    await core.upsert('c1', body('021 1'));
    await core.converge();
    expect(phoneInCrm()).toEqual(['021 1']);
  });
});
