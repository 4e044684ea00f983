import { textHash } from '../content-hash.ts';
import { plainText } from './field-marks.ts';

/** Where a line stands, as a run of the CRM's lines. */
export interface Span {
  readonly hash: string;
  readonly indexes: readonly number[];
}

/** A text's lines, made ready for looking for others in them: once over the text, however many are looked for. */
export interface StandingText {
  /** Whether a line stands there as one of its own, also wrapped into several. */
  hasLine(line: string): boolean;
  /** Where lines stand that are known by their hashes alone, in their order: each the first place, as it is before as it may be wrapped. */
  spansOf(hashes: ReadonlySet<string>): Span[];
  /** How often a line stands there that is known by its hash alone; one that was wrapped counts once. */
  times(hash: string): number;
  /** The last line that says something, as it is compared; empty where there is none. */
  readonly last: string;
}

/** A CRM that wraps at a width makes several lines of one: more than this, nobody's screen is so narrow. */
const MOST_WRAPPED = 40;
/**
 * What may be gone over in search of wrapped lines, in characters: some hundred lines for one that is known by its hash alone, and far more
 * for one that is known. Past it a line is found only as it is; nobody's notes are so long, and somebody might want all to wait for theirs.
 */
const MOST_GONE_OVER = 2_000_000;
/** A step costs as much as so many characters. */
const STEP_COSTS = 50;
const HASH_COSTS = 150;

export function lineHash(line: string): string {
  return plainHash(plainText(line));
}

function plainHash(plain: string): string {
  return textHash(plain).slice(0, 16);
}

/** Hashes of lines, each made once: of very many short ones that is most of the work. */
export interface LineHashes {
  of(line: string): string;
  /** Of one that is plain already. */
  ofPlain(plain: string): string;
}

export function createLineHashes(): LineHashes {
  const known = new Map<string, string>();
  const ofPlain = (plain: string): string => {
    const made = known.get(plain);
    if (made !== undefined) return made;
    const hash = plainHash(plain);
    known.set(plain, hash);
    return hash;
  };
  return { ofPlain, of: (line) => ofPlain(plainText(line)) };
}

export function standingText(
  lines: readonly string[],
  hashes: LineHashes = createLineHashes(),
): StandingText {
  const plain = lines.map(plainText);
  const places = Map.groupBy(plain.keys(), (index) => plain[index] ?? '');
  let left = MOST_GONE_OVER;

  /** Whether the line's text goes on from this place of it, line for line. */
  function runsOn(from: number, line: string): boolean {
    let end = 0;
    for (let to = from; to < plain.length && to < from + MOST_WRAPPED && left > 0; to += 1) {
      left -= STEP_COSTS;
      const part = plain[to] ?? '';
      const begin = end === 0 ? 0 : end + 1;
      if (part === '' || !line.startsWith(part, begin)) return false;
      end = begin + part.length;
      if (end === line.length) return true;
      if (line[end] !== ' ') return false;
    }
    return false;
  }

  function spansOf(wanted: ReadonlySet<string>): Span[] {
    if (wanted.size === 0) return [];
    const spans = wholeLines(places, wanted, hashes);
    const sought = new Set(wanted);
    const taken = new Set<number>();
    for (const { hash, indexes } of spans) {
      sought.delete(hash);
      for (const index of indexes) taken.add(index);
    }
    for (let from = 0; from < plain.length && sought.size > 0 && left > 0; from += 1) {
      let joined = plain[from] ?? '';
      if (joined === '' || taken.has(from)) continue;
      for (let to = from + 1; to < plain.length && to < from + MOST_WRAPPED && left > 0; to += 1) {
        const part = plain[to] ?? '';
        if (part === '' || taken.has(to)) break;
        joined = `${joined} ${part}`;
        left -= joined.length + HASH_COSTS;
        const hash = plainHash(joined);
        if (!sought.delete(hash)) continue;
        const indexes = Array.from({ length: to - from + 1 }, (_, n) => from + n);
        spans.push({ hash, indexes });
        for (const index of indexes) taken.add(index);
        break;
      }
    }
    return spans.sort((one, other) => (one.indexes[0] ?? 0) - (other.indexes[0] ?? 0));
  }

  let counts: ReadonlyMap<string, number> | null = null;

  return {
    times(hash) {
      counts ??= new Map([...places].map(([line, at]) => [hashes.ofPlain(line), at.length]));
      return counts.get(hash) ?? spansOf(new Set([hash])).length;
    },
    last: plain.findLast((each) => each !== '') ?? '',
    hasLine(text) {
      const line = plainText(text);
      if (line === '') return false;
      if (places.has(line)) return true;
      // It begins with a whole line of theirs, which ends where a word does.
      for (let end = line.indexOf(' '); end > 0 && left > 0; end = line.indexOf(' ', end + 1)) {
        left -= end;
        const begins = places.get(line.slice(0, end));
        if (begins?.some((from) => runsOn(from, line))) return true;
      }
      return false;
    },
    spansOf,
  };
}

function wholeLines(
  places: ReadonlyMap<string, readonly number[]>,
  wanted: ReadonlySet<string>,
  hashes: LineHashes,
): Span[] {
  const spans: Span[] = [];
  for (const [line, [first]] of places) {
    if (spans.length === wanted.size) break;
    if (line === '' || first === undefined) continue;
    const hash = hashes.ofPlain(line);
    if (wanted.has(hash)) spans.push({ hash, indexes: [first] });
  }
  return spans;
}
