import { bareWord } from './address-commas.ts';
import { COUNTRY_NAMES, countryOfTown, type Country } from './address-countries.ts';
import { isDirection, isStreetType, isUsualType } from './street-words.ts';

/** By country: the code that stands for a state or province, and the other ways in which it is written. */
const STATES: Readonly<Record<Exclude<Country, 'nz'>, readonly string[]>> = {
  au: [
    ...['nsw=new south wales', 'vic=victoria', 'qld=queensland,qland', 'wa=western australia,west australia'],
    ...['sa=south australia', 'tas=tasmania', 'act=australian capital territory', 'nt=northern territory'],
  ],
  ca: [
    ...['ab=alberta,alta', 'bc=british columbia', 'mb=manitoba,man', 'nb=new brunswick', 'ns=nova scotia'],
    ...['nl=newfoundland and labrador,newfoundland & labrador,newfoundland,nfld,nf', 'nu=nunavut'],
    ...['nt=northwest territories,nwt', 'on=ontario,ont', 'pe=prince edward island,pei', 'qc=quebec,que,pq'],
    ...['sk=saskatchewan,sask', 'yt=yukon territory,yukon,yk'],
  ],
  us: [
    ...['al=alabama', 'ak=alaska', 'az=arizona', 'ar=arkansas', 'ca=california,calif', 'co=colorado'],
    ...['ct=connecticut', 'de=delaware', 'dc=district of columbia', 'fl=florida', 'ga=georgia', 'hi=hawaii'],
    ...['id=idaho', 'il=illinois', 'in=indiana', 'ia=iowa', 'ks=kansas', 'ky=kentucky', 'la=louisiana'],
    ...['me=maine', 'md=maryland', 'ma=massachusetts', 'mi=michigan', 'mn=minnesota', 'ms=mississippi'],
    ...['mo=missouri', 'mt=montana', 'ne=nebraska', 'nv=nevada', 'nh=new hampshire', 'nj=new jersey'],
    ...['nm=new mexico', 'ny=new york', 'nc=north carolina', 'nd=north dakota', 'oh=ohio', 'ok=oklahoma'],
    ...['or=oregon', 'pa=pennsylvania', 'pr=puerto rico', 'ri=rhode island', 'sc=south carolina'],
    ...['sd=south dakota', 'tn=tennessee', 'tx=texas', 'ut=utah', 'vt=vermont', 'va=virginia'],
    ...['wa=washington', 'wv=west virginia', 'wi=wisconsin', 'wy=wyoming'],
  ],
};

/** Codes of two countries, and names that are as usual for towns: taken only where postcode or country tell which. */
const NEEDS_COUNTRY: ReadonlySet<string> = new Set([
  'washington',
  'northwest territories',
  ...['victoria', 'ontario', 'quebec', 'new york', 'georgia', 'delaware', 'california', 'man', 'on', 'alta'],
]);

/** What may follow a town where nothing else tells the country: `Geelong, Victoria`. */
const AFTER_A_TOWN: ReadonlySet<string> = new Set(['victoria', 'ontario', 'quebec', 'california']);

interface StateName {
  readonly words: readonly string[];
  readonly code: string;
  readonly country: Country;
}

/** By its code; of two countries' the first: Western Australia before Washington, which has its towns. */
const STATE_COUNTRIES: ReadonlyMap<string, Country> = new Map(
  (['us', 'ca', 'au'] as const).flatMap((country) =>
    STATES[country].map((state): [string, Country] => [state.split('=')[0] ?? '', country]),
  ),
);

/** The longest first: West Virginia before Virginia. */
const STATE_NAMES: readonly StateName[] = Object.entries(STATES)
  .flatMap(([country, states]) =>
    states.flatMap((state) => {
      const [code = '', names = ''] = state.split('=');
      return names.split(',').map((name) => ({ words: name.split(' '), code, country: country as Country }));
    }),
  )
  .sort((a, b) => b.words.length - a.words.length);

/** Whether a country goes that the rest of the address tells as well. */
export type CountryRule = 'drop' | 'keep';

/** An address in two: the end in its one form, which is state, postcode and country, and what stands before it. */
export function tidyPlace(words: readonly string[], rule: CountryRule): { name: string[]; end: string[] } {
  const { country, ...place } = placeOf(words);
  const { name, state, postcode } = place;
  const goes = country === null || (rule === 'drop' && country.country === impliedCountry(place));
  return { name: [...name], end: [...state, ...postcode, ...(goes ? [] : country.first.split(' '))] };
}

/** What the end of an address tells: a state's code, and a country where it is named, or where postcode, state or a known town leave no other. */
export interface PlaceEnd {
  /** How many of the words stand before it. */
  readonly length: number;
  readonly state: string | null;
  readonly postcode: readonly string[];
  readonly country: Country | null;
}

/** Of an address in plain words, without commas. */
export function placeEnd(words: readonly string[]): PlaceEnd {
  const { country, name, state, postcode, told } = placeOf(words);
  const [code = null] = state;
  const ofState = (['au', 'us', 'ca'] as const).filter((some) =>
    STATES[some].some((each) => each.split('=')[0] === code),
  );
  const [only] = ofState;
  const byForm = told === 'au or nz' ? (ofState.includes('au') ? 'au' : null) : told;
  const byState = ofState.length === 1 && told === null ? (only ?? null) : null;
  const town = countryOfTown(` ${[...name, ...state].join(' ')}`);
  return {
    length: name.length,
    state: code,
    postcode,
    country: country?.country ?? byForm ?? byState ?? town,
  };
}

function placeOf(
  words: readonly string[],
): Place & { readonly country: (typeof COUNTRY_NAMES)[number] | null } {
  // Western Australia ends as the country does.
  const isState = STATE_NAMES.some((name) => name.words.length > 1 && endsWith(words, name.words));
  const country = isState ? undefined : COUNTRY_NAMES.find((name) => endsWith(words, name.words));
  const inCountry = country === undefined ? words : words.slice(0, -country.words.length);
  const { postcode, told, rest } = splitPostcode(inCountry);
  const { name, state } = tidyState(rest, country?.country ?? told);
  return { name, state, postcode, told, country: country ?? null };
}

interface Place {
  readonly name: readonly string[];
  readonly state: readonly string[];
  readonly postcode: readonly string[];
  readonly told: Country | 'au or nz' | null;
}

/**
 * The country that an address without one is in: one at most, so that two which name different ones stay different. Null where it has no
 * place at all. Australia writes its states; New Zealand has none, and has postcodes.
 */
function impliedCountry({ name, state, postcode, told }: Place): Country | null {
  if (told === 'us' || told === 'ca') return told;
  const inState = STATE_COUNTRIES.get(state[0] ?? '');
  const town = countryOfTown(` ${[...name, ...state].join(' ')}`);
  if (told === 'au or nz') return inState === 'au' ? 'au' : (town ?? 'nz');
  if (town === null && !hasPlace(name)) return null;
  return town ?? inState ?? (postcode.length === 0 ? 'au' : null);
}

/** Something behind the street's type: not `12 High St, Australia`. */
function hasPlace(name: readonly string[]): boolean {
  const last = bareWord(name.at(-1) ?? '');
  const type = name.findIndex((word, index) => index > 0 && isStreetType(bareWord(word)));
  const behind = name.length - 1 - type;
  return type > 0 && behind > (isDirection(last) ? 1 : 0) && !isUsualType(last) && !/\d/.test(last);
}

interface Postcode {
  readonly postcode: readonly string[];
  /** The country that its form tells; 4 figures are used in two. */
  readonly told: Country | 'au or nz' | null;
  readonly rest: readonly string[];
}

function splitPostcode(words: readonly string[]): Postcode {
  const last = words.at(-1) ?? '';
  const lastTwo = words.slice(-2).join('');
  if (words.length < 2) return { postcode: [], told: null, rest: words };
  // What a ZIP code has behind its hyphen narrows down the route of delivery, not the place.
  if (/^\d{5}(?:-\d{4})?$/.test(last))
    return { postcode: [last.slice(0, 5)], told: 'us', rest: words.slice(0, -1) };
  if (/^\d{4}$/.test(last)) return { postcode: [last], told: 'au or nz', rest: words.slice(0, -1) };
  if (/^[a-z]\d[a-z]\d[a-z]\d$/.test(last)) {
    return { postcode: [last.slice(0, 3), last.slice(3)], told: 'ca', rest: words.slice(0, -1) };
  }
  if (/^[a-z]\d[a-z]\d[a-z]\d$/.test(lastTwo)) {
    return { postcode: words.slice(-2), told: 'ca', rest: words.slice(0, -2) };
  }
  return { postcode: [], told: null, rest: words };
}

function tidyState(
  words: readonly string[],
  where: Postcode['told'],
): { name: readonly string[]; state: readonly string[] } {
  const fits = ({ country, words: name }: StateName): boolean => {
    if (where === 'au or nz') return country === 'au';
    if (where !== null) return country === where;
    const text = name.join(' ');
    const before = words.at(-name.length - 1);
    const afterTown = before !== undefined && !/^\d/.test(before) && !isUsualType(before);
    return afterTown && (!NEEDS_COUNTRY.has(text) || AFTER_A_TOWN.has(text));
  };
  const state = STATE_NAMES.find(
    (name) => words.length > name.words.length && endsWith(words, name.words) && fits(name),
  );
  if (state !== undefined) return { name: words.slice(0, -state.words.length), state: [state.code] };
  const last = words.at(-1) ?? '';
  return STATE_COUNTRIES.has(last) && words.length > 1
    ? { name: words.slice(0, -1), state: [last] }
    : { name: words, state: [] };
}

function endsWith(words: readonly string[], end: readonly string[]): boolean {
  return words.length > end.length && end.every((word, index) => words.at(index - end.length) === word);
}
