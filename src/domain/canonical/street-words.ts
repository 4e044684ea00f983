/**
 * Words of street addresses that have a short form, as Australia (AS 4590), New Zealand (ADV358), the United States (Publication 28) and
 * Canada write them. A short form that stands for two words (`pk`, `rt`, `tr`, `cir` beside `circ`) is in no table: in doubt two
 * addresses differ.
 */

/** Of these the short form is what is compared: so it was before, and the hashes of stored keys are made of it. */
const SHORT: Readonly<Record<string, string>> = {
  st: 'street str strt',
  rd: 'road',
  ave: 'avenue av aven avenu avn avnue',
  dr: 'drive drv driv',
  pl: 'place plc',
  ct: 'court crt',
  cres: 'crescent cr crsent crsnt',
  ln: 'lane lne',
  tce: 'terrace terr ter',
  pde: 'parade',
  hwy: 'highway hway hiway highwy hgwy',
  blvd: 'boulevard bvd blv boul boulv boulevarde',
  cl: 'close cls clse',
  sq: 'square sqr sqre squ',
  cct: 'circuit crct',
  esp: 'esplanade espl',
  gr: 'grove gve grv grov gro grve',
  pkwy: 'parkway pkway pky pwy parkwy prkwy',
};

/** Of these the long form is. */
const LONG: Readonly<Record<string, string>> = {
  alley: 'aly ally allee',
  approach: 'appr app',
  arcade: 'arc',
  bend: 'bnd',
  bluff: 'blf',
  boardwalk: 'bwlk bwk',
  bridge: 'bdge brdg',
  broadway: 'bdwy bway',
  bypass: 'byp bypa byps',
  canyon: 'cyn cnyn',
  causeway: 'cswy cway causwa',
  center: 'centre ctr cntr centr',
  centers: 'centres ctrs',
  circle: 'cir circl crcl ccl',
  circus: 'crcs crc ccs',
  common: 'cmmn cmn',
  commons: 'cmns cmmns',
  corner: 'cnr cor crn',
  corners: 'cnrs cors',
  courts: 'cts',
  courtyard: 'ctyd cyd',
  cove: 'cv',
  creek: 'crk',
  crest: 'crst',
  crossing: 'csg crsg xing crssng',
  crossroad: 'xrd',
  dale: 'dle',
  driveway: 'drwy dvwy',
  drives: 'drs',
  entrance: 'entr',
  estate: 'est',
  estates: 'ests',
  expressway: 'expwy expy expw',
  falls: 'fls',
  field: 'fld',
  fields: 'flds',
  forest: 'frst',
  freeway: 'fwy frwy freewy',
  garden: 'gdn gardn grdn grden',
  gardens: 'gdns grdns',
  gate: 'gte',
  gateway: 'gtwy gwy gatewy',
  glade: 'gld glde',
  glen: 'gln',
  grange: 'gra',
  green: 'grn',
  harbour: 'harbor hbr harbr hrbor',
  haven: 'hvn',
  heights: 'hts hgts hghts',
  highlands: 'hghlds',
  hill: 'hl',
  hills: 'hls',
  hollow: 'holw hllw',
  island: 'isl isld islnd',
  islands: 'islnds',
  junction: 'jct jnc jction jctn junctn',
  knoll: 'knl knol',
  lakes: 'lks',
  landing: 'lndg lndng',
  laneway: 'lnwy',
  link: 'lnk',
  lookout: 'lkt',
  loop: 'lp',
  manor: 'mnr',
  meadow: 'mdw',
  meadows: 'mdws medows',
  mews: 'mws',
  motorway: 'mwy mtwy',
  mountain: 'mtn mntain mntn mtin',
  outlook: 'otlk',
  overpass: 'opas',
  park: 'prk',
  passage: 'psge',
  pathway: 'pway pthwy',
  plain: 'pln',
  plains: 'plns',
  plaza: 'plz plza pza',
  point: 'pt pnt',
  points: 'pts',
  promenade: 'prom prm',
  quadrant: 'qdrt',
  quay: 'qy',
  quays: 'qys',
  ranch: 'rnch',
  reserve: 'rsve resv',
  retreat: 'rtt',
  ridge: 'rdg rdge',
  river: 'rvr rivr',
  roads: 'rds',
  roadway: 'rdwy',
  route: 'rte',
  shore: 'shr',
  spring: 'spg spng sprng',
  springs: 'spgs spngs sprngs',
  squares: 'sqs sqrs',
  station: 'sta stn statn',
  streets: 'sts',
  strip: 'strp',
  summit: 'smt sumit sumitt',
  throughway: 'thruway trwy',
  track: 'trk trak',
  trail: 'trl',
  turnpike: 'tpke tpk trnpk turnpk',
  underpass: 'upas',
  valley: 'vly vlly vally',
  viaduct: 'vdct viadct',
  view: 'vw',
  views: 'vws',
  village: 'vlg villg vill villag',
  vista: 'vis vsta vst',
  walk: 'wlk',
  walkway: 'wkwy',
  way: 'wy',
  wharf: 'whrf whf',
  woods: 'wds',
};

/** Words of names that are no type of street. */
const NAMES: Readonly<Record<string, string>> = {
  mt: 'mount mnt',
  fort: 'ft frt',
  and: '&',
};

/** What ends a street's name and has no short form of its own. */
const BARE_TYPES = [
  ...['row', 'rise', 'mall', 'end', 'path', 'pass', 'run', 'spur', 'vale', 'wynd', 'strand', 'chase', 'pike'],
  ...['ramp', 'rue', 'turn', 'nook', 'ridgeway', 'bay', 'beach'],
];

function spread(table: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(table).flatMap(([to, from]) =>
    from
      .split(' ')
      .filter((word) => word !== '')
      .map((word): [string, string] => [word, to]),
  );
}

const TYPES: ReadonlyMap<string, string> = new Map([...spread(LONG), ...spread(SHORT)]);
const WORDS: ReadonlyMap<string, string> = new Map([...TYPES, ...spread(NAMES)]);
const STREET_TYPES: ReadonlySet<string> = new Set([...TYPES.keys(), ...TYPES.values(), ...BARE_TYPES]);

/** The one form of a word that is written in several ways. */
export function streetWord(word: string): string {
  return WORDS.get(word) ?? word;
}

/** Another spelling of a whole word. */
const SPELLINGS: ReadonlySet<string> = new Set(['centre', 'centres', 'harbor', 'boulevarde', 'thruway']);

const LONG_TYPES: ReadonlyMap<string, string> = new Map([
  ...spread(LONG),
  ...Object.entries(SHORT).flatMap(([short, forms]) => {
    const [long = '', ...others] = forms.split(' ');
    return [short, ...others].map((form): [string, string] => [form, long]);
  }),
]);
const SHORT_TYPES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(LONG).map(([long, forms]): [string, string] => [
    long,
    forms.split(' ').find((form) => !SPELLINGS.has(form)) ?? long,
  ]),
  ...Object.entries(SHORT).map(([short, forms]): [string, string] => [forms.split(' ')[0] ?? '', short]),
]);

/** A street's type in full, where this is a short form of one; else null. */
export function longType(word: string): string | null {
  return SPELLINGS.has(word) ? null : (LONG_TYPES.get(word) ?? null);
}

/** The usual short form of a street's type, where this is one in full; else null. */
export function shortType(word: string): string | null {
  return SHORT_TYPES.get(word) ?? null;
}

const MAIN_TYPES: ReadonlySet<string> = new Set(spread(SHORT).flat());

/** Whether a word is one of the usual types, which no town's name ends in. */
export function isUsualType(word: string): boolean {
  return MAIN_TYPES.has(word);
}

/** Whether a word says what kind of street it is, in any of its forms. */
export function isStreetType(word: string | undefined): boolean {
  return word !== undefined && STREET_TYPES.has(word);
}

const DIRECTIONS: ReadonlyMap<string, string> = new Map(
  spread({
    n: 'north nth',
    s: 'south sth',
    e: 'east',
    w: 'west',
    ne: 'northeast',
    nw: 'northwest',
    se: 'southeast',
    sw: 'southwest',
  }),
);
const LONG_DIRECTIONS: ReadonlyMap<string, string> = new Map([
  ['nth', 'north'],
  ['sth', 'south'],
]);
const SHORT_DIRECTIONS: ReadonlySet<string> = new Set(DIRECTIONS.values());

export function isShortDirection(word: string | undefined): boolean {
  return word !== undefined && SHORT_DIRECTIONS.has(word);
}

/** North, south, east, west in any form: those between them stand with no place's name. */
export function isDirection(word: string | undefined): boolean {
  return word !== undefined && /^(?:[nsew]|nth|sth|north|south|east|west)$/.test(word);
}

/**
 * A direction's one form: `North Melbourne` and `Nth Melbourne` are `n melbourne`. Right before a street's type it is the name itself:
 * North Street is another one than N Street.
 */
export function directionWord(word: string, next: string | undefined): string {
  if (isStreetType(next)) return LONG_DIRECTIONS.get(word) ?? word;
  return DIRECTIONS.get(word) ?? word;
}

const ONES = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth'];
const TEENS = [
  ...['tenth', 'eleventh', 'twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth', 'seventeenth'],
  ...['eighteenth', 'nineteenth'],
];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const ORDINALS: ReadonlyMap<string, number> = new Map([
  ...ONES.map((word, index): [string, number] => [word, index + 1]),
  ...TEENS.map((word, index): [string, number] => [word, index + 10]),
  ...TENS.map((word, index): [string, number] => [word.replace(/y$/, 'ieth'), (index + 2) * 10]),
]);

/** Numbers of streets in figures: `fifth` is `5th`, `twenty` and `first` are `21st`. */
export function ordinalsInFigures(words: readonly string[]): string[] {
  const out: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const tens = TENS.indexOf(word);
    const one = ONES.indexOf(words[index + 1] ?? '');
    const number = tens >= 0 && one >= 0 ? (tens + 2) * 10 + one + 1 : ORDINALS.get(word);
    if (tens >= 0 && one >= 0) index += 1;
    out.push(number === undefined ? word : inFigures(number));
  }
  return out;
}

function inFigures(number: number): string {
  const teen = number % 100 > 10 && number % 100 < 14;
  return `${number}${(teen ? undefined : ['', 'st', 'nd', 'rd'][number % 10]) || 'th'}`;
}
