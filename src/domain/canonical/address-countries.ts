export type Country = 'au' | 'nz' | 'us' | 'ca';

/** By its first name a country is compared. */
const COUNTRIES: Readonly<Record<Country, readonly string[]>> = {
  au: ['australia', 'au', 'aus', 'aust', 'commonwealth of australia'],
  nz: ['new zealand', 'nz', 'nzl', 'n z', 'aotearoa new zealand', 'aotearoa', 'new zealand aotearoa'],
  us: ['usa', 'united states of america', 'united states', 'us', 'u s a', 'u s', 'america'],
  ca: ['canada', 'can'],
};

export const COUNTRY_NAMES = Object.entries(COUNTRIES)
  .flatMap(([country, [first = '', ...others]]) =>
    [first, ...others].map((name) => ({ words: name.split(' '), country: country as Country, first })),
  )
  .sort((a, b) => b.words.length - a.words.length);

/** Towns that are known without their country, and that are in one of the four only, or as good as. */
const TOWNS: Readonly<Record<Country, readonly string[]>> = {
  au: [
    ...['sydney', 'melbourne', 'brisbane', 'perth', 'adelaide', 'hobart', 'darwin', 'canberra', 'gold coast'],
    ...['geelong', 'wollongong', 'townsville', 'cairns', 'toowoomba', 'ballarat', 'bendigo', 'launceston'],
    ...['fremantle', 'parramatta', 'sunshine coast', 'mackay', 'rockhampton', 'bunbury', 'alice springs'],
  ],
  nz: [
    ...[
      'auckland',
      'wellington',
      'christchurch',
      'tauranga',
      'dunedin',
      'palmerston n',
      'rotorua',
      'whangarei',
    ],
    ...['invercargill', 'new plymouth', 'whanganui', 'wanganui', 'gisborne', 'taupo', 'hastings', 'napier'],
    ...[
      'lower hutt',
      'upper hutt',
      'porirua',
      'masterton',
      'levin',
      'timaru',
      'ashburton',
      'queenstown',
      'wanaka',
    ],
    ...[
      'blenheim',
      'nelson',
      'pukekohe',
      'papakura',
      'manukau',
      'takapuna',
      'otahuhu',
      'kerikeri',
      'kaitaia',
    ],
    ...[
      'dargaville',
      'whakatane',
      'te awamutu',
      'te puke',
      'te kuiti',
      'tokoroa',
      'matamata',
      'thames',
      'hawera',
    ],
    ...[
      'feilding',
      'kapiti',
      'paraparaumu',
      'havelock n',
      'greymouth',
      'hokitika',
      'oamaru',
      'gore',
      'rangiora',
    ],
    ...[
      'kaiapoi',
      'rolleston',
      'mount maunganui',
      'mt maunganui',
      'papamoa',
      'waiheke island',
      'orewa',
      'warkworth',
    ],
  ],
  us: [
    ...[
      'new york',
      'los angeles',
      'chicago',
      'houston',
      'philadelphia',
      'san antonio',
      'san diego',
      'dallas',
    ],
    ...['san francisco', 'seattle', 'spokane', 'tacoma', 'boston', 'denver', 'miami', 'atlanta', 'las vegas'],
    ...['washington dc', 'detroit', 'minneapolis', 'new orleans', 'honolulu', 'seattle wa', 'spokane wa'],
    ...['tacoma wa', 'bellevue wa', 'vancouver wa', 'olympia wa', 'redmond wa', 'kirkland wa', 'everett wa'],
  ],
  ca: [
    ...['toronto', 'montreal', 'vancouver', 'calgary', 'edmonton', 'ottawa', 'winnipeg', 'mississauga'],
    ...['quebec city', 'saskatoon', 'regina', 'halifax', 'burnaby', 'surrey bc', 'brampton', 'markham'],
  ],
};

const TOWN_NAMES = Object.entries(TOWNS).flatMap(([country, names]) =>
  names.map((name) => ({ end: ` ${name}`, country: country as Country })),
);

/** The country of a town that everybody knows, where a text ends in one. */
export function countryOfTown(text: string): Country | null {
  return TOWN_NAMES.find(({ end }) => text.endsWith(end))?.country ?? null;
}
