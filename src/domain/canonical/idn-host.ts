const PREFIX = 'xn--';

/** A host name in the form that is looked up, or in letters. What is no host name stays as it is. */
export function idnHost(host: string, form: 'ascii' | 'letters'): string {
  const ascii = asciiHost(host);
  return form === 'ascii' ? ascii : ascii.split('.').map(lettersOf).join('.');
}

function asciiHost(host: string): string {
  // Plain names are by far the most; and a parser of addresses would read `1.2` as an IP address.
  if (!/[^\0-\x7f]/.test(host) || /[\s/\\?#@:[\]%]/.test(host)) return host;
  const url = `http://${host}.example/`;
  if (!URL.canParse(url)) return host;
  return new URL(url).hostname.slice(0, -'.example'.length);
}

function lettersOf(label: string): string {
  if (!label.startsWith(PREFIX)) return label;
  const letters = decodePunycode(label.slice(PREFIX.length));
  // Only what leads back to the very name is another form of it.
  return letters !== null && asciiHost(letters) === label ? letters : label;
}

/** RFC 3492, with the parameters of host names. Null: it is none. */
function decodePunycode(text: string): string | null {
  const [BASE, MIN, MAX, SKEW, DAMP, FIRST_BIAS, FIRST_CODE] = [36, 1, 26, 38, 700, 72, 128];
  const hyphen = text.lastIndexOf('-');
  const output = [...text.slice(0, Math.max(hyphen, 0))].map((letter) => letter.codePointAt(0) ?? 0);
  let [code, index, bias] = [FIRST_CODE, 0, FIRST_BIAS];
  const adapt = (delta: number, count: number, first: boolean): number => {
    let rest = first ? Math.floor(delta / DAMP) : delta >> 1;
    rest += Math.floor(rest / count);
    let k = 0;
    for (; rest > ((BASE - MIN) * MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - MIN));
    return k + Math.floor(((BASE - MIN + 1) * rest) / (rest + SKEW));
  };
  for (let place = hyphen < 0 ? 0 : hyphen + 1; place < text.length;) {
    const before = index;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitOf(text.charCodeAt(place++));
      if (digit === null) return null;
      index += digit * weight;
      const threshold = Math.min(Math.max(k - bias, MIN), MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
      if (weight > Number.MAX_SAFE_INTEGER) return null;
    }
    bias = adapt(index - before, output.length + 1, before === 0);
    code += Math.floor(index / (output.length + 1));
    if (code > 0x10ffff) return null;
    index %= output.length + 1;
    output.splice(index++, 0, code);
  }
  return String.fromCodePoint(...output);
}

/** `a` to `z` are 0 to 25, `0` to `9` the rest. */
function digitOf(code: number): number | null {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : null;
}
