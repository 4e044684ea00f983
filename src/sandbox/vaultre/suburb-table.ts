import type { JsonObject } from '../../domain/json.ts';

/** A suburb as the API shows it. */
export interface Suburb {
  readonly id: number;
  readonly name: string;
  readonly postcode: string;
  readonly shown: JsonObject;
}

interface State {
  readonly name: string;
  readonly abbreviation: string;
}

const STATES: readonly State[] = [
  { name: 'Queensland', abbreviation: 'QLD' },
  { name: 'New South Wales', abbreviation: 'NSW' },
  { name: 'Victoria', abbreviation: 'VIC' },
  { name: 'South Australia', abbreviation: 'SA' },
  { name: 'Western Australia', abbreviation: 'WA' },
  { name: 'Tasmania', abbreviation: 'TAS' },
  { name: 'Australian Capital Territory', abbreviation: 'ACT' },
  { name: 'Northern Territory', abbreviation: 'NT' },
];

/** By state: a name and its postcode each. */
const AUSTRALIA: Readonly<Record<string, string>> = {
  QLD: `Sandgate 4017, Brighton 4017, Deagon 4017, Shorncliffe 4017, Bracken Ridge 4017, Fitzgibbon 4018,
    Taigum 4018, Boondall 4034, Zillmere 4034, Aspley 4034, Chermside 4032, Nundah 4012, Clayfield
    4011, Ascot 4007, Hamilton 4007, New Farm 4005, Teneriffe 4005, Fortitude Valley 4006, Newstead
    4006, Brisbane City 4000, Spring Hill 4000, Paddington 4064, Milton 4064, Toowong 4066,
    Auchenflower 4066, Indooroopilly 4068, St Lucia 4067, West End 4101, South Brisbane 4101,
    Woolloongabba 4102, Bulimba 4171, Hawthorne 4171, Camp Hill 4152, Carindale 4152, Coorparoo 4151,
    Redcliffe 4020, Scarborough 4020, Clontarf 4019, North Lakes 4509, Surfers Paradise 4217,
    Southport 4215, Burleigh Heads 4220, Noosa Heads 4567, Maroochydore 4558, Toowoomba City 4350,
    Cairns City 4870, Townsville City 4810, Mackay 4740, Rockhampton City 4700`,
  NSW: `Sydney 2000, The Rocks 2000, Surry Hills 2010, Darlinghurst 2010, Paddington 2021, Bondi 2026,
    Bondi Beach 2026, Coogee 2034, Randwick 2031, Newtown 2042, Balmain 2041, Birchgrove 2041, Glebe
    2037, Leichhardt 2040, Marrickville 2204, Manly 2095, Mosman 2088, North Sydney 2060, Chatswood
    2067, Parramatta 2150, Richmond 2753, Penrith 2750, Katoomba 2780, Newcastle 2300, Sandgate 2304,
    Wollongong 2500, Byron Bay 2481, Albury 2640, Orange 2800`,
  VIC: `Melbourne 3000, Melbourne 3004, West Melbourne 3003, Docklands 3008, Southbank 3006, Richmond
    3121, Fitzroy 3065, Collingwood 3066, Carlton 3053, Brunswick 3056, South Yarra 3141, Prahran
    3181, St Kilda 3182, Brighton 3186, Hawthorn 3122, Kew 3101, Camberwell 3124, Eltham 3095,
    Footscray 3011, Williamstown 3016, Geelong 3220, Ballarat Central 3350, Bendigo 3550`,
  SA: `Adelaide 5000, North Adelaide 5006, Unley 5061, Norwood 5067, Glenelg 5045, Brighton 5048,
    Prospect 5082, Port Adelaide 5015, Victor Harbor 5211`,
  WA: `Perth 6000, Northbridge 6003, East Perth 6004, West Perth 6005, Subiaco 6008, Cottesloe 6011,
    Fremantle 6160, North Fremantle 6159, Scarborough 6019, Joondalup 6027, Mandurah 6210, Bunbury
    6230, Broome 6725`,
  TAS: `Hobart 7000, Battery Point 7004, Sandy Bay 7005, Launceston 7250, Devonport 7310`,
  ACT: `Canberra 2601, Braddon 2612, Kingston 2604, Belconnen 2617, Ngunnawal 2913`,
  NT: `Darwin City 0800, Fannie Bay 0820, Palmerston City 0830, Alice Springs 0870`,
};

/** By district. */
const NEW_ZEALAND: Readonly<Record<string, string>> = {
  'Auckland City': 'Ponsonby 1011, Grey Lynn 1021, Remuera 1050, Parnell 1052, Mount Eden 1024, Epsom 1023',
  'North Shore City': 'Devonport 0624, Takapuna 0622',
  Tauranga: 'Mount Maunganui 3116, Tauranga South 3112',
  'Wellington City': 'Khandallah 6035, Thorndon 6011, Kelburn 6012',
  'Christchurch City': 'Merivale 8014, Riccarton 8011, Sumner 8081',
  'Dunedin City': 'North Dunedin 9016, St Clair 9012',
};

const FIRST_ID = 10_001;

/** Every suburb that the sandbox knows; ids are the same in each run. */
export const SUBURBS: readonly Suburb[] = [...australian(), ...newZealand()].map((suburb, at) => {
  const id = FIRST_ID + at;
  const { name, postcode } = suburb;
  return { id, name, postcode, shown: { id, ...suburb } };
});

const BY_ID: ReadonlyMap<number, Suburb> = new Map(SUBURBS.map((suburb) => [suburb.id, suburb]));

export function suburbById(id: unknown): Suburb | null {
  return typeof id === 'number' ? (BY_ID.get(id) ?? null) : null;
}

/** Where a record's address is. */
export function suburbOf(fields: JsonObject): Suburb | null {
  const address = fields['address'] as JsonObject | undefined;
  const suburb = address?.['suburb'] as JsonObject | undefined;
  return suburbById(suburb?.['id']);
}

/** The state's short form, or the district: what stands behind the suburb's name in an address. */
export function regionOf({ shown }: Suburb): string {
  const { state, nzDistrict } = shown as { state?: State; nzDistrict?: { name: string } };
  return state?.abbreviation ?? nzDistrict?.name ?? '';
}

function australian() {
  return STATES.flatMap(({ name, abbreviation }, at) =>
    suburbsIn(AUSTRALIA[abbreviation] ?? '').map((suburb) => ({
      ...suburb,
      state: { id: at + 1, name, abbreviation },
      isPoBox: false,
    })),
  );
}

function newZealand() {
  return Object.entries(NEW_ZEALAND).flatMap(([name, suburbs], at) =>
    suburbsIn(suburbs).map((suburb) => ({ ...suburb, nzDistrict: { id: at + 1, name }, isPoBox: false })),
  );
}

function suburbsIn(table: string): { name: string; postcode: string }[] {
  return table.split(',').map((entry) => {
    const words = entry.trim().split(/\s+/u);
    return { name: words.slice(0, -1).join(' '), postcode: words.at(-1) ?? '' };
  });
}
