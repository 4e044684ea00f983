const HIGHWAY = '(?:highway|hwy|hway|hiway|highwy|hgwy)';
const ROUTE = '(?:route|rte|rt)';
const COUNT = '(?:no |number |# )?';
const NUMBER = '(\\d{1,4}[a-z]?)';
/** Behind a house's number, a direction or nothing: elsewhere these letters are a unit's, a crescent or a country. */
const IN_FRONT = '(^ |\\d[a-z]? |(?:^| )(?:[nsew]|north|south|east|west|old|&|and|cnr|corner) )';

/** Roads that have a number for a name, by the short form of what they are. */
const ROADS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(` (?:state ${HIGHWAY}|sh|s h) ?${COUNT}${NUMBER}(?= )`, 'g'), ' sh$1'],
  [new RegExp(` (?:us|u s|united states) (?:${HIGHWAY}|${ROUTE}) ${COUNT}${NUMBER}(?= )`, 'g'), ' us$1'],
  [new RegExp(`${IN_FRONT}us (\\d{1,3}[a-z]?)(?= )`, 'g'), '$1us$2'],
  [new RegExp(` (?:interstate|interstate ${HIGHWAY}) ${COUNT}${NUMBER}(?= )`, 'g'), ' i$1'],
  [new RegExp(`${IN_FRONT}i (\\d{1,3})(?= )`, 'g'), '$1i$2'],
  [new RegExp(` state ${ROUTE} ${COUNT}${NUMBER}(?= )`, 'g'), ' sr$1'],
  [new RegExp(`${IN_FRONT}s ?r ${COUNT}${NUMBER}(?= )`, 'g'), '$1sr$2'],
  [new RegExp(` (?:county|co|cnty) (?:road|rd) ${COUNT}${NUMBER}(?= )`, 'g'), ' cr$1'],
  [new RegExp(`${IN_FRONT}c ?r ${COUNT}${NUMBER}(?= )`, 'g'), '$1cr$2'],
  [new RegExp(` (?:county|co|cnty) ${HIGHWAY} ${COUNT}${NUMBER}(?= )`, 'g'), ' county hwy $1'],
  [new RegExp(` (?:farm to market|f m|fm) (?:road |rd )?${COUNT}${NUMBER}(?= )`, 'g'), ' fm$1'],
  [new RegExp(`${IN_FRONT}${ROUTE} ${COUNT}${NUMBER}(?= )`, 'g'), '$1route $2'],
  [new RegExp(` ${HIGHWAY} (?:no |number |# )${NUMBER}(?= )`, 'g'), ' hwy $1'],
];

/** `State Highway 1` and `SH 1` are `sh1`; `US Route 101` and `US-101` are `us101`, `Interstate 5` is `i5`, `County Road 12` is `cr12`. */
export function tidyNumberedRoads(words: readonly string[]): string[] {
  let text = ` ${words.join(' ')} `;
  for (const [written, short] of ROADS) text = text.replace(written, short);
  return text.trim().split(' ');
}

/** Whether a word of a tidied address ends such a name: `sh1`, the 7 of `hwy 7`. */
export function isNumberedRoad(word: string, before: string | undefined): boolean {
  if (/^(?:sh|us|i|sr|cr|fm)\d{1,4}[a-z]?$/.test(word)) return true;
  return /^(?:route|hwy|highway)$/.test(before ?? '') && /^\d{1,4}[a-z]?$/.test(word);
}
