/** What a title holds at most, in UTF-16 units, the mark of what was left out included. */
export const TITLE_LENGTH = 200;

const LEFT_OUT = '…';
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** A text as a title: as it is where it is short, else cut between two characters as people see them. */
export function cutTitle(text: string): string {
  return cutText(text, TITLE_LENGTH);
}

/** As `cutTitle`, to `most` UTF-16 units. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  // A code point more than fits tells where the last character ends; nothing looks at the rest, however long it is.
  const room = most - LEFT_OUT.length;
  let end = 0;
  for (const { index } of graphemes.segment(text.slice(0, room + 2))) if (index <= room) end = index;
  // A single one may fill it all (marks upon marks): then between two code points.
  return copied(
    `${
      end > 0
        ? text.slice(0, end)
        : text
            .slice(0, room)
            .toWellFormed()
            .replace(/\uFFFD$/u, '')
    }${LEFT_OUT}`,
  );
}

/** A text of its own: a part of a text keeps the whole of it in memory for as long as it is kept. */
function copied(part: string): string {
  return JSON.parse(JSON.stringify(part)) as string;
}
