import { textHash } from '../content-hash.ts';
import type { LineFate } from '../crm-copy.ts';
import { plainText } from './field-marks.ts';

/** What became of Zena's lines, by the hash of each. */
export type LineFates = Readonly<Record<string, LineFate>>;

export interface SharedTextInput {
  /** What Zena has; each line once. */
  readonly zena: string;
  /** What stands in the CRM. */
  readonly held: string;
  readonly fates: LineFates;
  /**
   * What stood there before a write of which nobody heard whether it was taken; null where there was none. A line that came since and is
   * Zena's was put there by that write.
   */
  readonly heldBefore: string | null;
}

export interface SharedText {
  readonly text: string;
  /** Once the CRM took it. */
  readonly fates: LineFates;
  /** While nobody knows whether it did: without the lines that are added now, with those that leave. */
  readonly inDoubt: LineFates;
}

const LINE_END = /\r\n|\r|\n/u;

/**
 * A text that people and Zena write into together. Theirs stays, character by character. A line of Zena's is added once; where it isn't
 * found again, people changed it, so it is theirs and isn't sent again. A line that Zena has no more goes, where it was sent and still
 * stands as a line of its own. What a CRM wraps or joins anew is found by its words.
 */
export function mergeSharedText({ zena, held, fates, heldBefore }: SharedTextInput): SharedText {
  const wanted = linesOf(zena);
  const hashes = new Set(wanted.map(lineHash));
  const lines = held.split(LINE_END);
  const spans = [...spansOf(lines, fates, hashes)];
  const dropped = new Set(spans.flatMap(({ indexes }) => indexes));
  const standing = lines.filter((_, index) => !dropped.has(index));
  const next: Record<string, LineFate> = {};
  const added: string[] = [];
  for (const line of wanted) {
    const hash = lineHash(line);
    const fate = fates[hash];
    if (fate === 'sent' || fate === 'theirs') next[hash] = fate;
    else if (hasLine(standing, line)) {
      const came = heldBefore !== null && !hasLine(heldBefore.split(LINE_END), line);
      next[hash] = fate === 'leaving' || came ? 'sent' : 'theirs';
    } else {
      next[hash] = 'sent';
      added.push(line);
    }
  }
  const inDoubt: Record<string, LineFate> = { ...fates, ...next };
  for (const line of added) delete inDoubt[lineHash(line)];
  for (const { hash } of spans) inDoubt[hash] = 'leaving';
  // Where people put nothing in, it is Zena's text, in Zena's order.
  const said = standing.filter((line) => plainText(line) !== '').map(lineHash);
  if (said.every((hash) => next[hash] === 'sent') && new Set(said).size === said.length) {
    const shown = new Set([...said, ...added.map(lineHash)]);
    const text = wanted.filter((line) => shown.has(lineHash(line))).join('\n');
    return { text, fates: next, inDoubt };
  }
  if (added.length === 0 && dropped.size === 0) return { text: held, fates: next, inDoubt };
  const end = held.includes('\r\n') ? '\r\n' : '\n';
  return { text: [...trimmedEnd(standing, added), ...added].join(end), fates: next, inDoubt };
}

/** The lines of a text that say something, each once, without white space at their ends. */
export function linesOf(text: string): string[] {
  const seen = new Set<string>();
  return text
    .split(LINE_END)
    .map((line) => line.trim())
    .filter((line) => {
      const plain = plainText(line);
      if (plain === '' || seen.has(plain)) return false;
      seen.add(plain);
      return true;
    });
}

export function lineHash(line: string): string {
  return textHash(plainText(line)).slice(0, 16);
}

/** Of lines that were sent, those that stand in a text. */
export function standingLines(fates: LineFates, text: string): LineFates {
  const lines = text.split(LINE_END);
  return Object.fromEntries(
    Object.entries(fates).filter(([hash]) => {
      const sought = new Set([hash]);
      return lines.some((_, from) => runFrom(lines, from, sought) !== null);
    }),
  );
}

/** All lines as sent: what of a text that we made ourselves is ours. */
export function sentLines(text: string): LineFates {
  return Object.fromEntries(linesOf(text).map((line) => [lineHash(line), 'sent' as const]));
}

/** Blank lines at the end go where something follows them; alone they are people's. */
function trimmedEnd(lines: readonly string[], added: readonly string[]): readonly string[] {
  if (added.length === 0) return lines;
  let length = lines.length;
  while (length > 0 && plainText(lines[length - 1] ?? '') === '') length -= 1;
  return lines.slice(0, length);
}

/** Where lines stand that were sent and that Zena has no more: each the first place, as a run of the CRM's lines. */
function* spansOf(lines: readonly string[], fates: LineFates, wanted: ReadonlySet<string>): Iterable<Span> {
  const leaving = new Set(
    Object.entries(fates)
      .filter(([hash, fate]) => fate !== 'theirs' && !wanted.has(hash))
      .map(([hash]) => hash),
  );
  if (leaving.size === 0) return;
  for (let from = 0; from < lines.length; from += 1) {
    const span = runFrom(lines, from, leaving);
    if (span === null) continue;
    leaving.delete(span.hash);
    yield span;
    from = span.indexes.at(-1) ?? from;
  }
}

interface Span {
  readonly hash: string;
  readonly indexes: readonly number[];
}

/** A CRM that wraps at a width makes several lines of one: more than this, nobody's screen is so narrow. */
const MOST_WRAPPED = 40;

function runFrom(lines: readonly string[], from: number, leaving: ReadonlySet<string>): Span | null {
  if (plainText(lines[from] ?? '') === '') return null;
  let joined = '';
  for (let to = from; to < lines.length && to < from + MOST_WRAPPED; to += 1) {
    const part = plainText(lines[to] ?? '');
    if (part === '') return null;
    joined = joined === '' ? part : `${joined} ${part}`;
    const hash = lineHash(joined);
    if (leaving.has(hash))
      return { hash, indexes: Array.from({ length: to - from + 1 }, (_, n) => from + n) };
  }
  return null;
}

/** Whether a line stands there as one of its own, also wrapped into several. */
function hasLine(lines: readonly string[], line: string): boolean {
  const sought = new Set([lineHash(line)]);
  return lines.some((_, from) => runFrom(lines, from, sought) !== null);
}
