/** The letters and figures that a text says, in lower case, and where each stands in the text. */
export interface PlainLetters {
  readonly letters: string;
  /** By letter, where what stands for it begins and ends. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

interface Sign {
  readonly char: string;
  readonly from: number;
  readonly to: number;
}

/** Encodings in encodings: more than this is nobody's mistake, and every one of them makes the text longer. */
const MOST_LAYERS = 4;

/** Each begins with a character of its own, and is short. */
const FORMS: Readonly<Record<string, readonly (readonly [RegExp, (match: RegExpExecArray) => string])[]>> = {
  '&': [
    [/&#x([0-9a-f]{1,6});?/iy, ([, digits = '']) => charOf(digits, 16)],
    [/&#([0-9]{1,7});?/y, ([, digits = '']) => charOf(digits, 10)],
    [/&amp;?/iy, () => '&'],
    [/&(?:quot|lt|gt);?|&[a-z][a-z0-9]{1,30};/iy, () => ' '],
  ],
  '%': [
    [/%u([0-9a-f]{4})/iy, ([, digits = '']) => charOf(digits, 16)],
    [/%([0-9a-f]{2})/iy, ([, digits = '']) => charOf(digits, 16)],
  ],
  '\\': [
    [/\\\\/y, () => '\\'],
    [/\\u\{?([0-9a-f]{1,6})\}?/iy, ([, digits = '']) => charOf(digits, 16)],
    [/\\x([0-9a-f]{2})/iy, ([, digits = '']) => charOf(digits, 16)],
    [/\\[bfnrtv]/y, () => ' '],
  ],
};

/**
 * What a text says, whatever it is wrapped in: entities of HTML, percent signs, escapes of JSON, one in another, upper or lower case, wide
 * letters, and blanks, line ends and marks anywhere between the letters. In time that grows as the text does.
 */
export function plainLetters(text: string): PlainLetters {
  let signs: readonly Sign[] = signsOf(text);
  for (let layer = 0; layer < MOST_LAYERS && WRAPPED.test(text); layer += 1) {
    const decoded = withoutLayer(signs);
    if (decoded.length === signs.length) break;
    signs = decoded;
  }
  const from: number[] = [];
  const to: number[] = [];
  let letters = '';
  for (const sign of signs) {
    const said = folded(sign.char);
    letters += said;
    for (let at = 0; at < said.length; at += 1) {
      from.push(sign.from);
      to.push(sign.to);
    }
  }
  return { letters, from, to };
}

const WRAPPED = /[&%\\]/;

function signsOf(text: string): Sign[] {
  const signs: Sign[] = [];
  let from = 0;
  for (const char of text) {
    const to = from + char.length;
    signs.push({ char, from, to });
    from = to;
  }
  return signs;
}

function folded(char: string): string {
  const code = char.charCodeAt(0);
  if (code > 0x7f)
    return char
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '');
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) return char;
  return code >= 0x41 && code <= 0x5a ? char.toLowerCase() : '';
}

function withoutLayer(signs: readonly Sign[]): readonly Sign[] {
  // One unit of text for each sign, so that places in it are places among the signs.
  const text = signs.map(({ char }) => (char.length === 1 ? char : ' ')).join('');
  const decoded: Sign[] = [];
  for (let at = 0; at < signs.length;) {
    const sign = signs[at] as Sign;
    const found = formAt(text, at, sign.char);
    if (found === null) decoded.push(sign);
    else decoded.push({ char: found.char, from: sign.from, to: signs[at + found.length - 1]?.to ?? sign.to });
    at += found?.length ?? 1;
  }
  return decoded;
}

function formAt(text: string, at: number, first: string): { char: string; length: number } | null {
  if (!Object.hasOwn(FORMS, first)) return null;
  for (const [pattern, read] of FORMS[first] ?? []) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { char: read(match), length: match[0].length };
  }
  return null;
}

function charOf(digits: string, radix: number): string {
  const code = Number.parseInt(digits, radix);
  return code <= 0xff_ff && (code < 0xd8_00 || code > 0xdf_ff) ? String.fromCharCode(code) : ' ';
}
