import type { LineFate } from '../crm-copy.ts';
import type { Json } from '../json.ts';
import { isBlank, plainText } from './field-marks.ts';
import { lookedAt } from './looked-at.ts';
import {
  createLineHashes,
  lineHash,
  standingText,
  type LineHashes,
  type Span,
  type StandingText,
} from './standing-text.ts';

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
  /** While nobody knows whether it did: lines that are added now, and those that leave, stand there or don't. */
  readonly inDoubt: LineFates;
}

const LINE_END = /\r\n|\r|\n/u;

/**
 * Lines that are each kept apart: of more no notes are made, and each costs a hash at every look. What is beyond them is one more line, with
 * spaces for its breaks, so that nothing of it is lost.
 */
const MOST_LINES = 5_000;

/** Of lines that people changed and Zena dropped since: enough to know them again, should Zena have them again. */
const MOST_REMEMBERED = 200;

/**
 * A text that people and Zena write into together. Theirs stays, character by character. A line of Zena's is added once; where it isn't
 * found again, people changed it, so it is theirs and isn't sent again. A line that Zena has no more goes, where it was sent and still
 * stands as a line of its own. What a CRM wraps anew is found by its words.
 */
export function mergeSharedText(input: SharedTextInput): SharedText {
  const { above, looked } = lookedAt(input.held);
  const heldBefore = input.heldBefore === null ? null : lookedAt(input.heldBefore).looked;
  const merged = mergeLines({ ...input, held: looked, heldBefore });
  return above === '' ? merged : { ...merged, text: above + merged.text };
}

function mergeLines({ zena: given, held, fates, heldBefore }: SharedTextInput): SharedText {
  const zena = withFewLines(given);
  const hashes = createLineHashes();
  const wanted = linesOf(zena);
  const wantedHashes = new Set(wanted.map(hashes.of));
  const pieces = piecesOf(held);
  const before = heldBefore === null ? null : standingText(heldBefore.split(LINE_END), hashes);
  const all = standingText(textsOf(pieces), hashes);
  const known = withoutGone(fates, wantedHashes, { before, there: all });
  const leaving = leavingHashes(known, wantedHashes);
  const spans = all.spansOf(leaving);
  const dropped = new Set(spans.flatMap(({ indexes }) => indexes));
  const standing = pieces.filter((_, index) => !dropped.has(index));
  // What was gone over in search of others leaves less for these.
  const isFresh = leaving.size === 0 && before === null;
  const there = isFresh ? all : standingText(textsOf(standing), hashes);
  const next: Record<string, LineFate> = remembered(known, wantedHashes, spans);
  const added: string[] = [];
  for (const line of wanted) {
    const hash = hashes.of(line);
    const fate = known[hash];
    if (fate === 'sent' || fate === 'theirs' || fate === 'changed') next[hash] = fate;
    else if (there.hasLine(line) || (fate === 'doubted' && isCut(there, line))) {
      const came = before !== null && !before.hasLine(line);
      next[hash] = fate === 'doubted' || came ? 'sent' : 'theirs';
    } else {
      next[hash] = 'sent';
      added.push(line);
    }
  }
  const inDoubt: Record<string, LineFate> = { ...known, ...next };
  for (const hash of [...added.map(hashes.of), ...spans.map((span) => span.hash)]) inDoubt[hash] = 'doubted';
  const text = mergedText({
    zena,
    hashes,
    standing,
    added,
    next,
    went: dropped,
    isShorter: dropped.has(pieces.length - 1),
  });
  return { text, fates: next, inDoubt };
}

function withFewLines(text: string): string {
  if (text.length <= MOST_LINES) return text;
  const lines = text.split(LINE_END);
  if (lines.length <= MOST_LINES) return text;
  const rest = lines.slice(MOST_LINES).map((line) => line.trim());
  return [...lines.slice(0, MOST_LINES), rest.filter((line) => line !== '').join(' ')].join('\n');
}

interface Looked {
  readonly before: StandingText | null;
  readonly there: StandingText;
}

/** A line that went by a write of which nobody heard leaves its equal, which is people's, alone: nothing of it is ours any more. */
function withoutGone(fates: LineFates, wanted: ReadonlySet<string>, { before, there }: Looked): LineFates {
  if (before === null) return fates;
  const isGone = (hash: string): boolean => there.times(hash) < before.times(hash);
  return Object.fromEntries(
    Object.entries(fates).filter(([hash, fate]) => fate !== 'doubted' || wanted.has(hash) || !isGone(hash)),
  );
}

interface TextParts {
  readonly zena: string;
  readonly hashes: LineHashes;
  readonly standing: readonly Piece[];
  readonly added: readonly string[];
  readonly next: LineFates;
  /** The lines that went, by their place. */
  readonly went: ReadonlySet<number>;
  /** Whether the last line went. */
  readonly isShorter: boolean;
}

function mergedText({ zena, hashes, standing, added, next, went, isShorter }: TextParts): string {
  // Where people put nothing in, not so much as a blank line, it is Zena's text, in Zena's order and with her paragraphs.
  const said = standing.filter(({ text }, index) => index < standing.length - 1 || !isBlank(text));
  const saidHashes = hashesOfSent(said, next, hashes);
  if (saidHashes !== null && areZenasBreaks(textsOf(said), zena, { most: 1 + went.size, hashes }))
    return paragraphsOf(zena, new Set([...saidHashes, ...added.map(hashes.of)]), hashes);
  const end = standing.find((piece) => piece.end !== '')?.end ?? '\n';
  const theirs = standing.map((piece) => piece.text + piece.end).join('');
  if (added.length === 0) return isShorter ? theirs.replace(/(?<![\r\n])(?:\r\n|\r|\n)$/u, '') : theirs;
  return (/[\r\n]$/u.test(theirs) ? theirs : theirs + end) + added.join(end);
}

/** Null where a line is people's, or stands there twice. */
function hashesOfSent(
  said: readonly Piece[],
  fates: LineFates,
  hashes: LineHashes,
): ReadonlySet<string> | null {
  const found = new Set<string>();
  for (const { text } of said) {
    if (isBlank(text)) continue;
    const hash = hashes.of(text);
    if (fates[hash] !== 'sent' || found.has(hash)) return null;
    found.add(hash);
  }
  return found;
}

/** Zena's text of these lines, each once; between paragraphs is one blank line. */
function paragraphsOf(zena: string, shown: ReadonlySet<string>, hashes: LineHashes): string {
  const left = new Set(shown);
  const out: string[] = [];
  let breaks = false;
  for (const line of zena.split(LINE_END).map((each) => each.trim())) {
    if (isBlank(line)) breaks = out.length > 0;
    else if (left.delete(hashes.of(line))) {
      out.push(...(breaks ? [''] : []), line);
      breaks = false;
    }
  }
  return out.join('\n');
}

/** Whether each blank line stands where Zena has one: people put none in. Where lines went, what was between them stays behind. */
function areZenasBreaks(
  lines: readonly string[],
  zena: string,
  { most, hashes }: { readonly most: number; readonly hashes: LineHashes },
): boolean {
  const ends = new Set<string>();
  const begins = new Set<string>();
  zena.split(LINE_END).forEach((line, index, all) => {
    if (!isBlank(line)) return;
    ends.add(hashes.of(all[index - 1] ?? ''));
    begins.add(hashes.of(all[index + 1] ?? ''));
  });
  let run = 0;
  return lines.every((line, index) => {
    if (isBlank(line)) {
      run += 1;
      return run <= most;
    }
    const [before, passed] = [lines[index - run - 1], run];
    run = 0;
    if (passed === 0) return true;
    if (before === undefined) return most > 1;
    return ends.has(hashes.of(before)) || begins.has(hashes.of(line));
  });
}

/** Lines that were sent, that Zena has no more and that aren't found: people changed them, so they stay theirs, also if Zena has them again. */
function remembered(
  fates: LineFates,
  wanted: ReadonlySet<string>,
  spans: readonly Span[],
): Record<string, LineFate> {
  const found = new Set(spans.map(({ hash }) => hash));
  const lost = Object.entries(fates).filter(
    ([hash, fate]) => fate === 'changed' || (fate === 'sent' && !wanted.has(hash) && !found.has(hash)),
  );
  return Object.fromEntries(lost.slice(-MOST_REMEMBERED).map(([hash]) => [hash, 'changed' as const]));
}

/** A line as it stands, with what ends it. */
interface Piece {
  readonly text: string;
  readonly end: string;
}

function piecesOf(text: string): Piece[] {
  const parts = text.split(/(\r\n|\r|\n)/u);
  return Array.from({ length: Math.ceil(parts.length / 2) }, (_, index) => ({
    text: parts[2 * index] ?? '',
    end: parts[2 * index + 1] ?? '',
  }));
}

function textsOf(pieces: readonly Piece[]): string[] {
  return pieces.map(({ text }) => text);
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

/** Of lines that were sent, those that stand in a text. */
export function standingLines(fates: LineFates, text: string): LineFates {
  const lines = lookedAt(text).looked.split(LINE_END);
  const spans = standingText(lines).spansOf(new Set(Object.keys(fates)));
  const found = new Set(spans.map(({ hash }) => hash));
  return Object.fromEntries(Object.entries(fates).filter(([hash]) => found.has(hash)));
}

/** All lines as sent: what of a text that we made ourselves is ours. */
export function sentLines(text: string): LineFates {
  return Object.fromEntries(linesOf(withFewLines(text)).map((line) => [lineHash(line), 'sent' as const]));
}

/** Lines that were sent and that Zena has no more. */
function leavingHashes(fates: LineFates, wanted: ReadonlySet<string>): Set<string> {
  const leaving = Object.entries(fates).filter(
    ([hash, fate]) => (fate === 'sent' || fate === 'doubted') && !wanted.has(hash),
  );
  return new Set(leaving.map(([hash]) => hash));
}

/** What is left of a line at the end of a text that the CRM cut short; a few letters could be anybody's. */
function isCut({ last }: StandingText, line: string): boolean {
  return last.length >= CUT_LEAVES && plainText(line).startsWith(last);
}

const CUT_LEAVES = 8;

/**
 * What stands in a text beside the lines that were put there. Where what is left at its end begins one of those lines, as they are known to
 * have been sent, the CRM cut it short.
 */
export function textBeside(text: Json, fates: LineFates, sent: readonly Json[]): Json {
  if (typeof text !== 'string') return text;
  const { above, looked } = lookedAt(text);
  const lines = looked.split(LINE_END);
  const spans = standingText(lines).spansOf(leavingHashes(fates, new Set()));
  const ours = new Set(spans.flatMap(({ indexes }) => indexes));
  const left = lines.filter((line, index) => !ours.has(index) && !isBlank(line));
  if (above !== '') return above + left.join('\n');
  const known = sent.flatMap((each) => (typeof each === 'string' ? [each] : []));
  return left.length === 0 || known.some((each) => isCutFrom(each, fates, { text, left }))
    ? ''
    : left.join('\n');
}

function isCutFrom(
  sent: string,
  fates: LineFates,
  { text, left }: { readonly text: string; readonly left: readonly string[] },
): boolean {
  const all = linesOf(sent);
  const ours = all.filter((line) => ['sent', 'doubted'].includes(fates[lineHash(line)] ?? ''));
  if (ours.length === all.length && plainText(sent).startsWith(plainText(text))) return true;
  const rest = plainText(left.join(' '));
  const isAtEnd = plainText(text).endsWith(rest);
  return rest.length >= CUT_LEAVES && isAtEnd && ours.some((line) => plainText(line).startsWith(rest));
}
