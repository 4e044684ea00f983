import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitAddress, streetLine, type SplitAddress } from '../../../src/domain/canonical/split-address.ts';
import { compareAddress } from '../../../src/domain/canonical/street-address.ts';
import { DIFFERENT_ADDRESSES, EQUAL_ADDRESSES } from './address-tables.ts';

const NOTHING: SplitAddress = {
  level: null,
  unitNumber: null,
  lotNumber: null,
  streetNumber: null,
  street: '',
  suburb: null,
  state: null,
  postcode: null,
  country: null,
  others: [],
};

const AU = (streetNumber: string, street: string, place: string): Partial<SplitAddress> => {
  const [suburb = null, state = null, postcode = null] = place.split('|');
  return { streetNumber, street, suburb, state, postcode, country: 'AU' };
};

describe('an address of one line', () => {
  it.each<[string, Partial<SplitAddress>]>([
    ['12 High Street, Sandgate QLD 4017', AU('12', 'High Street', 'Sandgate|QLD|4017')],
    ['12 High Street Sandgate, Qld. 4017', AU('12', 'High Street', 'Sandgate|QLD|4017')],
    ['12 High Street, Sandgate, Queensland, 4017, Australia', AU('12', 'High Street', 'Sandgate|QLD|4017')],
    ['12 HIGH ST SANDGATE QLD 4017', AU('12', 'HIGH ST', 'SANDGATE|QLD|4017')],
    ['12A High St, Box Hill VIC 3128', AU('12A', 'High St', 'Box Hill|VIC|3128')],
    ['12 A High St, Box Hill VIC 3128', AU('12A', 'High St', 'Box Hill|VIC|3128')],
    ['12 – 14 High St, Box Hill VIC 3128', AU('12-14', 'High St', 'Box Hill|VIC|3128')],
    ['No. 12 High St, Box Hill VIC 3128', AU('12', 'High St', 'Box Hill|VIC|3128')],
    ['12 Beach Rd St Kilda VIC 3182', AU('12', 'Beach Rd', 'St Kilda|VIC|3182')],
    ['12 The Esplanade, St Kilda VIC 3182', AU('12', 'The Esplanade', 'St Kilda|VIC|3182')],
    ['12 Broadway, Nedlands WA 6009', AU('12', 'Broadway', 'Nedlands|WA|6009')],
    ['12 Harbour Way Docklands VIC 3008', AU('12', 'Harbour Way', 'Docklands|VIC|3008')],
    ['12 High Street North, Dandenong VIC 3175', AU('12', 'High Street North', 'Dandenong|VIC|3175')],
    // Parts of a building, and land
    ['5/14 Ocean Street, Bondi NSW 2026', { ...AU('14', 'Ocean Street', 'Bondi|NSW|2026'), unitNumber: '5' }],
    ['Unit 5, 14 Ocean St, Bondi NSW 2026', { ...AU('14', 'Ocean St', 'Bondi|NSW|2026'), unitNumber: '5' }],
    [
      'U5A/14-16 Ocean St, Bondi NSW 2026',
      { ...AU('14-16', 'Ocean St', 'Bondi|NSW|2026'), unitNumber: '5A' },
    ],
    [
      'Shop 5/14 Ocean St Bondi NSW 2026',
      { ...AU('14', 'Ocean St', 'Bondi|NSW|2026'), unitNumber: 'Shop 5' },
    ],
    [
      'Level 3, 5/14 Ocean St, Bondi NSW 2026',
      { ...AU('14', 'Ocean St', 'Bondi|NSW|2026'), level: '3', unitNumber: '5' },
    ],
    [
      '3rd Floor, 14 Ocean St, Bondi NSW 2026',
      { ...AU('14', 'Ocean St', 'Bondi|NSW|2026'), level: 'Floor 3' },
    ],
    [
      'Lot 5 Smith Road, Richmond NSW 2753',
      { ...AU('', 'Smith Road', 'Richmond|NSW|2753'), lotNumber: '5', streetNumber: null },
    ],
    // New Zealand has towns beside suburbs, and rural delivery
    [
      '14 Rimu Cres\nMt Eden\nAuckland 1024',
      {
        streetNumber: '14',
        street: 'Rimu Cres',
        suburb: 'Mt Eden',
        postcode: '1024',
        country: 'NZ',
        others: [{ street: 'Rimu Cres', suburb: 'Auckland' }],
      },
    ],
    [
      '12 Smith Rd, RD 2, Te Puke 3182',
      { streetNumber: '12', street: 'Smith Rd, RD 2', suburb: 'Te Puke', postcode: '3182', country: 'NZ' },
    ],
    [
      '5 State Highway 1, Taupo',
      { streetNumber: '5', street: 'State Highway 1', suburb: 'Taupo', country: 'NZ' },
    ],
    // United States and Canada
    [
      '14 Ocean Street, Apt 5, Springfield, IL 62701-1234, USA',
      {
        unitNumber: '5',
        streetNumber: '14',
        street: 'Ocean Street',
        suburb: 'Springfield',
        state: 'IL',
        postcode: '62701-1234',
        country: 'US',
      },
    ],
    [
      '1600 Pennsylvania Avenue NW Washington DC 20500',
      {
        streetNumber: '1600',
        street: 'Pennsylvania Avenue NW',
        suburb: 'Washington',
        state: 'DC',
        postcode: '20500',
        country: 'US',
      },
    ],
    [
      '350 5th Avenue, Suite 500, New York, NY 10118',
      {
        unitNumber: 'Suite 500',
        streetNumber: '350',
        street: '5th Avenue',
        suburb: 'New York',
        state: 'NY',
        postcode: '10118',
        country: 'US',
      },
    ],
    [
      '8 Rue Sainte-Hélène, Montréal, QC h2y2a1',
      {
        streetNumber: '8',
        street: 'Rue Sainte-Hélène',
        suburb: 'Montréal',
        state: 'QC',
        postcode: 'H2Y 2A1',
        country: 'CA',
      },
    ],
    // What may be meant otherwise says so
    [
      '12 High St North Perth WA 6000',
      {
        ...AU('12', 'High St', 'North Perth|WA|6000'),
        others: [{ street: 'High St North', suburb: 'Perth' }],
      },
    ],
    [
      '12 Ocean View Point Lonsdale VIC 3225',
      {
        ...AU('12', 'Ocean View', 'Point Lonsdale|VIC|3225'),
        others: [{ street: 'Ocean View Point', suburb: 'Lonsdale' }],
      },
    ],
    [
      '12 High St Richmond, Melbourne VIC 3121',
      { ...AU('12', 'High St', 'Richmond|VIC|3121'), others: [{ street: 'High St', suburb: 'Melbourne' }] },
    ],
    // A state alone doesn't tell the country where two have one, nor four figures
    [
      '12 Smith St, Richmond 3121',
      { streetNumber: '12', street: 'Smith St', suburb: 'Richmond', postcode: '3121' },
    ],
    ['1 Fern Ct', { streetNumber: '1', street: 'Fern Ct' }],
    ['High Street', { street: 'High Street' }],
  ])('%j is taken apart', (address, parts) => {
    expect(splitAddress(address)).toEqual({ ...NOTHING, ...parts });
  });

  it.each([
    ...['', ' ', '12', 'n/a', 'the old barn', 'Kowhai Gardens', 'x'.repeat(400)],
    ...[
      'PO Box 12, Perth WA 6000',
      'P.O. Box 123 Dargaville',
      'RR 2 Box 152',
      'Cnr King & Queen Streets, Perth',
    ],
    // A building's name has no place of its own
    ...['Ocean Tower, 5/14 High St, Perth WA 6000', 'Rose Cottage, 12 High St, Perth'],
    ...['5/14 Ocean St Unit 6, Perth', 'Level 3, Level 4, 14 Ocean St, Perth', '1/2/3 Ocean St, Perth'],
    ...[
      '12 St, Perth',
      '12 12, Perth',
      '12 High St, Unit',
      '12 Smith Byron Bay NSW 2481',
      '12 Smith',
      'A, B, C, D',
      '12 High St, A, B, C',
    ],
    ...['10 Downing Street, London SW1A 2AA', 'Musterstraße 5, 10115 Berlin'],
  ])('%j isn’t guessed at', (address) => {
    expect(splitAddress(address)).toBeNull();
  });

  it('is the same again when it is put together', () => {
    const together = (split: SplitAddress): string =>
      [streetLine(split), split.suburb, split.state, split.postcode]
        .filter((part) => part !== null)
        .join(', ');
    const all = [...EQUAL_ADDRESSES, ...DIFFERENT_ADDRESSES].flat();
    const split = all.flatMap((address) => {
      const parts = splitAddress(address);
      // Of two towns the second is among the others.
      return parts === null || parts.others.length > 0 ? [] : [[address, parts] as const];
    });
    expect(split.length / all.length).toBeGreaterThan(0.75);
    for (const [address, parts] of split) {
      const [one, other] = [compareAddress(together(parts)), compareAddress(address)];
      expect([one, `${one} ${countryOf(parts)}`]).toContain(other);
    }
  });

  it('of whatever is typed, takes none that it doesn’t know again, and never fails', () => {
    const word = fc.constantFrom(
      ...[
        '12',
        '5/14',
        'Unit',
        '5',
        'Level',
        'High',
        'St',
        'Road',
        'North',
        ',',
        'Perth',
        'WA',
        '6000',
        'Lot',
      ],
      ...[
        '#',
        'Box',
        'Apt',
        '-',
        '12-14',
        'Bay',
        'NW',
        'RD',
        '2',
        'USA',
        'St.',
        'A',
        'ß',
        '\u200b',
        '½',
        'NZ',
      ],
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(word, { maxLength: 12 }), fc.array(fc.string())), (words) => {
        const address = words.join(' ');
        const split = splitAddress(address);
        if (split === null) return;
        expect(split.street).toMatch(/\p{L}/u);
        expect(`${split.suburb ?? ''}${split.state ?? ''}`).not.toMatch(/\d/u);
      }),
      { numRuns: 3_000 },
    );
  });
});

function countryOf({ country }: SplitAddress): string {
  return { AU: 'australia', NZ: 'new zealand', US: 'usa', CA: 'canada' }[country ?? 'AU'] ?? '';
}
