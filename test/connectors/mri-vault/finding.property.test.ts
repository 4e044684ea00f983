import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CrmAnswer, CrmHttp } from '../../../src/connectors/connector.port.ts';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { fullAddress, shortAddress } from '../../../src/domain/canonical/full-address.ts';
import { compareAddress } from '../../../src/domain/canonical/street-address.ts';
import type { EntityBody } from '../../../src/domain/entity.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { draftOf } from '../../../src/domain/mapping.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import { applied } from '../../contract/connector/connector-contract.ts';
import { DIFFERENT_ADDRESSES, EQUAL_ADDRESSES } from '../../domain/canonical/address-tables.ts';
import { marked } from '../../domain/canonical/marked-text.ts';
import { contactBody, propertyBody } from '../../support/builders.ts';

const plain = new Intl.Collator('en', { sensitivity: 'base' });

/** How a CRM's search compares: to the letter, by letter case, by accents, or so loosely that all is found. */
const SEARCHES = {
  exact: (held: string, asked: string) => held === asked,
  caseless: (held: string, asked: string) => held.toLowerCase() === asked.toLowerCase(),
  accentless: (held: string, asked: string) => plain.compare(held, asked) === 0,
  loose: () => true,
} as const;
type Search = keyof typeof SEARCHES;

/** What the vault is asked for a body, and which of what it holds is found to be the same. */
async function findIn(search: Search, held: JsonObject, body: EntityBody) {
  const asked: Readonly<Record<string, string>>[] = [];
  const http: CrmHttp = {
    request({ query = {} }): Promise<CallOutcome<CrmAnswer>> {
      asked.push(query);
      const hit = Object.entries(query).every(([name, text]) => SEARCHES[search](String(held[name]), text));
      const found = hit ? [{ ...held, id: 1 }] : [];
      return Promise.resolve({ kind: 'applied', value: { status: 200, headers: {}, body: found } });
    },
  };
  const kind = mriVault.kinds[body.kind];
  if (kind === undefined) throw new TypeError(`the vault has no ${body.kind}`);
  const draft = draftOf(body, kind, { resolve: () => 'crm-1', timeZone: 'UTC' });
  const [key] = draft.keys;
  const found = key === undefined ? null : applied(await kind.find(http, key)).length > 0;
  return { asked, found, draft };
}

const findEmail = (search: Search, held: string, ...emails: string[]) =>
  findIn(search, { email: held }, contactBody({ emails }));
const findAddress = (search: Search, held: string, address: string) =>
  findIn(search, { address: held }, propertyBody({ address }));

const searches = fc.constantFrom<Search>('exact', 'caseless', 'accentless', 'loose');

describe('looking for a contact', () => {
  it.each([
    ['a@example.com\u200b'],
    ['\u202aa@example.com\u202c'],
    ['Mary Jones <a@example.com>'],
    ['mailto:a@example.com'],
    ['a@example.com.'],
    ['a@example.com;'],
    ['', 'a@example.com'],
    [' ', '\u200b', 'a@example.com'],
    ['n/a', 'a@example.com'],
  ])('finds a@example.com for %j %j', async (...emails) => {
    for (const search of ['exact', 'caseless', 'accentless', 'loose'] as const) {
      const { asked, found, draft } = await findEmail(
        search,
        'a@example.com',
        ...emails.filter((one) => one),
      );
      expect({ asked, found }).toEqual({ asked: [{ email: 'a@example.com' }], found: true });
      expect(draft.fields).toMatchObject({ email: 'a@example.com' });
    }
  });

  it.each([
    ['Ada@Example.com', 'ada@example.com'],
    ['ada@example.com', 'Ada@Example.com'],
    ['ada@xn--bcher-kva.example', 'ada@bücher.example'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
  ])('finds %s, held as %s', async (entry, held) => {
    expect((await findEmail('caseless', held, entry)).found).toBe(true);
  });

  it.each([
    ['E2@Example.com', 'e2@example.com'],
    ['ADA@BÜCHER.EXAMPLE', 'ada@bücher.example'],
  ])('finds %s, held as %s, in a CRM that searches to the letter', async (entry, held) => {
    expect(await findEmail('exact', held, entry)).toMatchObject({ found: true, asked: { length: 2 } });
  });

  it('takes no other mailbox, however loosely the CRM searches', async () => {
    for (const held of [
      'b@example.com',
      'josé@example.com',
      'jose+x@example.com',
      'n/a',
      '',
      'jose@example.org',
    ])
      expect((await findEmail('loose', held, 'jose@example.com')).found).toBe(false);
  });

  it('asks for nothing where there is nothing to ask for', async () => {
    for (const emails of [
      [],
      [''],
      ['n/a'],
      ['noemail@example.com'],
      ['none@x.test'],
      ['Unknown <unknown@x.test>'],
    ])
      expect(await findEmail('loose', 'noemail@example.com', ...emails)).toMatchObject({
        asked: [],
        found: null,
      });
  });
});

describe('looking for a property', () => {
  it('finds what is written otherwise where the CRM offers it', async () => {
    for (const [one, other] of EQUAL_ADDRESSES) {
      expect((await findAddress('loose', one, other)).found).toBe(true);
      expect((await findAddress('loose', other, one)).found).toBe(true);
    }
  });

  it('takes no other place, however loosely the CRM searches, with marks in it, too', async () => {
    const pairs = fc
      .constantFrom(...DIFFERENT_ADDRESSES)
      .chain(([one, other]) => fc.tuple(fc.constantFrom(one, other), fc.constant([one, other]), marked(one)));
    await fc.assert(
      fc.asyncProperty(searches, pairs, async (search, [, [one = '', other = ''], written]) => {
        expect((await findAddress(search, other, written)).found).toBe(false);
        expect((await findAddress(search, one, other)).found).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('finds an address without accents in a CRM that searches to the letter', async () => {
    const { asked, found } = await findAddress(
      'exact',
      '12 Mangere Road, Otahuhu',
      '12 Māngere Road, Ōtāhuhu',
    );
    expect(found).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['12 Risk Road', '12 Risk Rd'],
    ['12 Risk Rd', '12 Risk Road'],
    ['12 Risk Road, Sandgate QLD 4017', '12 RISK RD, SANDGATE QLD 4017'],
    ['5/14 Ocean Street', 'Unit 5, 14 Ocean St'],
  ])('finds %s in a CRM that searches to the letter for %s, by one more search', async (held, written) => {
    expect(await findAddress('exact', held, written)).toMatchObject({ found: true, asked: { length: 2 } });
  });

  it('asks for the same place, in whichever form', () => {
    for (const address of [...EQUAL_ADDRESSES, ...DIFFERENT_ADDRESSES].flat())
      for (const form of [fullAddress(address), shortAddress(address)])
        expect([form, compareAddress(form)]).toEqual([form, compareAddress(address)]);
  });

  it('asks twice at most, first for what is sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...EQUAL_ADDRESSES.flat()), searches, async (address, search) => {
        const { asked, draft } = await findAddress(search, 'somewhere else', address);
        expect(asked.length).toBeLessThanOrEqual(2);
        expect(asked[0]).toEqual({ address: draft.fields['address'] });
        expect(new Set(asked.map((query) => query['address'])).size).toBe(asked.length);
      }),
    );
  });
});
