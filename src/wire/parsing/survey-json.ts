/** What a text of JSON is, before anybody parses it; meaningless for what is no JSON. */
export interface JsonSurvey {
  /** The deepest nesting of brackets outside strings. */
  readonly depth: number;
  /** Values and names of members: at least one more than the limit where there are more. */
  readonly values: number;
  /** The same text, with whole numbers that a JavaScript number can't hold as texts. */
  readonly text: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Fewer characters than this are a number that fits, but for an exponent. */
const LONG_NUMBER = 16;
/** More digits than any id has; the parser is left to refuse or round it. */
const LONGEST_NUMBER = 1_000;
/** A number that is looked at costs as much as so many values more. */
const LOOK_COSTS = 4;

/**
 * Goes over a text once, without making anything of it but numbers that need care: the end of the walk is at the first value more than
 * the limit.
 */
export function surveyJson(text: string, mostValues: number): JsonSurvey {
  const parts: string[] = [];
  let taken = 0;
  let depth = 0;
  let deepest = 0;
  let values = 1;
  for (let at = 0; at < text.length && values <= mostValues; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === COMMA || char === COLON) values += 1;
    else if (char === OPEN_OBJECT || char === OPEN_ARRAY) {
      values += 1;
      deepest = Math.max(deepest, ++depth);
    } else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) depth -= 1;
    else if (char === MINUS || isDigit(char)) {
      const end = endOfNumber(text, at);
      const isLookedAt = needsLook(text, at, end);
      if (isLookedAt) values += LOOK_COSTS;
      if (isLookedAt && isInexact(text.slice(at, end))) {
        parts.push(text.slice(taken, at), `"${text.slice(at, end)}"`);
        taken = end;
      }
      at = end - 1;
    }
  }
  return { depth: deepest, values, text: taken === 0 ? text : parts.join('') + text.slice(taken) };
}

/** Whether a member's name may be `__proto__`, also one that is spelled with escapes. */
export function isCareNeeded(text: string): boolean {
  return text.includes('__proto__') || (text.includes('\\u00') && /\\u00(?:5f|6f|7[024])/i.test(text));
}

function needsLook(text: string, start: number, end: number): boolean {
  if (end - start > LONGEST_NUMBER) return false;
  return end - start >= LONG_NUMBER || hasExponent(text, start, end);
}

/** Whether a number is whole, and none that a JavaScript number holds as it is. */
function isInexact(token: string): boolean {
  const value = Number(token);
  if (Number.isSafeInteger(value) || !NUMBER.test(token)) return false;
  return Number.isInteger(value) || !Number.isFinite(value);
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((text.charCodeAt(at) | 0x20) === 0x65) return true;
  return false;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && isOfNumber(text.charCodeAt(at))) at += 1;
  return at;
}

/** Digits, `+`, `-`, `.` and the letter of an exponent. */
function isOfNumber(char: number): boolean {
  return isDigit(char) || char === 0x2b || char === MINUS || char === 0x2e || (char | 0x20) === 0x65;
}

function isDigit(char: number): boolean {
  return char >= DIGIT_0 && char <= DIGIT_9;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
