/** Control characters of both sets, separators that end a line, and those that turn the direction of the text around them. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
/** What stands after the escape character where it is one of our own few colours. */
const OWN_STYLE = /^\[(?:1|2|4|22|24|3[1-6]|39)m/;
const LONGEST_STYLE = 4;

/**
 * Writes what a terminal would act on as `\u` and four digits, but for line ends, tabs and our own colours. JSON stays the same
 * JSON: there such characters stand only within texts.
 */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (character, at: number) => {
    if (character === '\n' || character === '\t') return character;
    const isOurs = character === '\u001b' && OWN_STYLE.test(text.slice(at + 1, at + 1 + LONGEST_STYLE));
    return isOurs ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
