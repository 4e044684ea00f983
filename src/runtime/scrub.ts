const CUT = '…';

/** Rules in their order: each takes out what may carry a secret or a person and leaves what helps to find a fault. */
const RULES: readonly (readonly [RegExp, string])[] = [
  // A password may hold a raw @; the last one before the path ends it.
  [/([a-z][a-z\d+.-]{0,30}:\/\/)[^\s/?#"'<>]{1,2000}@/gi, '$1'],
  [/([a-z][a-z\d+.-]{0,30}:\/\/[^\s?#"'<>]{1,2000})[?#][^\s"'<>]*/gi, `$1?${CUT}`],
  [/\b(bearer)\s+[^\s"',;]+/gi, `$1 ${CUT}`],
  [/\b(basic)\s+[\w+/=-]{16,}/gi, `$1 ${CUT}`],
  [/\beyJ[\w-]{5,}(\.[\w-]*){0,4}/g, CUT],
  [
    /([\w-]{0,40}(?:key|token|secret|passw(?:or)?d|pwd|authorization)["']?\s{0,5}[=:]\s{0,5}["']?)[^\s"',;&}]{3,}/gi,
    `$1${CUT}`,
  ],
  [/[\w.+%-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+/g, `${CUT}@${CUT}`],
];

/** Takes credentials, URL queries, tokens and e-mail addresses out of a text and limits its length. */
export function scrub(text: string, longest: number): string {
  // Cut first, generously, so that no rule ever runs over megabytes.
  const start = text.length > longest * 4 ? text.slice(0, longest * 4) : text;
  const clean = RULES.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), start);
  return clean.length > longest || start !== text ? `${clean.slice(0, longest - 1)}${CUT}` : clean;
}
