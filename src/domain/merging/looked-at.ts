/** A text that people wrote far into, as far as it is gone through line by line. */
export interface LookedAt {
  /** What stands above, with its last line's end: it is theirs as it is, whatever it says. Empty where all is looked at. */
  readonly above: string;
  readonly looked: string;
}

/**
 * Lines of a CRM's text that are looked at, from its end, where Zena's are added: each costs a look, and more would keep all others waiting.
 * Nobody's notes are so long.
 */
const MOST_LOOKED_AT = 15_000;

export function lookedAt(text: string): LookedAt {
  const all = { above: '', looked: text };
  if (text.length <= MOST_LOOKED_AT) return all;
  let lines = 0;
  // A break at the very end ends the last line.
  for (let at = text.length - 2; at >= 0; at -= 1) {
    const code = text.charCodeAt(at);
    const isBreak = code === NEW_LINE || (code === RETURN && text.charCodeAt(at + 1) !== NEW_LINE);
    if (!isBreak) continue;
    lines += 1;
    if (lines === MOST_LOOKED_AT) return { above: text.slice(0, at + 1), looked: text.slice(at + 1) };
  }
  return all;
}

const [NEW_LINE, RETURN] = [0x0a, 0x0d];
