const SUFFIX_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Where the org lives. */
const POD = '5g0000';

/** The `count`th id of an object, 18 characters. */
export function newSfId(prefix: string, count: number): string {
  let left = count;
  let digits = '';
  while (left > 0) {
    digits = `${BASE62[left % 62] ?? ''}${digits}`;
    left = Math.floor(left / 62);
  }
  return longId(`${prefix}${POD}${digits.padStart(6, '0')}`);
}

/** The 18 characters of a 15-character id: the last three tell which letters are capitals. */
export function longId(short: string): string {
  const suffix = [0, 5, 10].map((start) => {
    const bits = [...short.slice(start, start + 5)].reduce(
      (sum, letter, place) => sum + (letter >= 'A' && letter <= 'Z' ? 1 << place : 0),
      0,
    );
    return SUFFIX_DIGITS[bits] ?? '';
  });
  return short + suffix.join('');
}

/**
 * The id that a caller means, in 18 characters; null: it is none. Of 15 characters the case counts; of 18 the suffix restores it,
 * and one that can't be right is refused.
 */
export function parseSfId(text: string): string | null {
  if (/^[a-zA-Z0-9]{15}$/.test(text)) return longId(text);
  if (!/^[a-zA-Z0-9]{18}$/.test(text)) return null;
  const letters = [...text.slice(0, 15)];
  for (const [group, digit] of [...text.slice(15).toUpperCase()].entries()) {
    const bits = SUFFIX_DIGITS.indexOf(digit);
    if (bits < 0) return null;
    for (let place = 0; place < 5; place += 1) {
      const index = group * 5 + place;
      const letter = letters[index] ?? '';
      const isCapital = (bits & (1 << place)) !== 0;
      if (isCapital && !/[a-zA-Z]/.test(letter)) return null;
      letters[index] = isCapital ? letter.toUpperCase() : letter.toLowerCase();
    }
  }
  return longId(letters.join(''));
}
