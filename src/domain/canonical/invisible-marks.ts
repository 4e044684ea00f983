/**
 * Characters that show nothing and part nothing: zero-width blanks and joiners, marks of direction, soft hyphens, variation selectors,
 * fillers, tags, and controls that are no blank. They come with what people copy from web pages, chats and tables.
 */
const MARK = String.raw`[\p{Default_Ignorable_Code_Point}\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufff9-\ufffb]`;
const MARKS = new RegExp(MARK, 'gu');

/** Blanks that `\s` doesn't know: the next line of old terminals, and a Braille pattern without dots. */
const ODD_BLANKS = /[\u0085\u2800]/g;

/** Scripts in which a joiner between two letters, or behind a sign, changes how a word is written. */
const JOINING = [
  ...['Arabic', 'Syriac', 'Mongolian', 'Nko', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya'],
  ...['Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar', 'Tibetan'],
]
  .map((script) => String.raw`\p{Script=${script}}`)
  .join('');

/** Marks that are part of what is written: joiners inside such words, and what makes one picture or one form of a letter of several. */
const NEEDED = [
  String.raw`(?<=[${JOINING}])[\u200c\u200d](?=[${JOINING}])`,
  String.raw`(?<=(?=\p{M})[${JOINING}])[\u200c\u200d]`,
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})`,
  String.raw`(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]`,
  String.raw`(?<=[#*0-9])\ufe0f(?=\u20e3)`,
  String.raw`(?<=\u{1f3f4}[\u{e0020}-\u{e007f}]*)[\u{e0020}-\u{e007f}]`,
  String.raw`(?<=[\p{Ideographic}\p{Script=Mongolian}])[\ufe00-\ufe0d\u180b-\u180d\u180f\u{e0100}-\u{e01ef}]`,
].join('|');
const NEEDED_OR_MARK = new RegExp(`(${NEEDED})|${MARK}`, 'gu');

/** A text for comparing, without anything invisible. */
export function withoutMarks(text: string): string {
  return text.replace(MARKS, '').replace(ODD_BLANKS, ' ');
}

/** A text for sending, without what is invisible and means nothing; blanks stay as they are. */
export function visibleText(text: string): string {
  return text.replace(NEEDED_OR_MARK, '$1').replace(ODD_BLANKS, ' ');
}
