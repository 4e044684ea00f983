/** One text that must not be found where it doesn't belong. */
export interface Canary {
  readonly name: string;
  readonly text: string;
}

/** What was searched: a name for people, and the bytes. */
export interface Output {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * Where canaries stand in outputs, as `canary in output (encoding)`: raw, JSON-escaped, percent-encoded, in hex, and in base64 at
 * each of its three alignments and in both alphabets.
 */
export function findCanaries(canaries: readonly Canary[], outputs: readonly Output[]): readonly string[] {
  const found: string[] = [];
  for (const { name, bytes } of outputs) {
    const lower = Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1');
    for (const canary of canaries) {
      for (const [encoding, form] of encodingsOf(canary.text)) {
        const inHex = encoding === 'hex';
        if ((inHex ? lower : bytes).includes(form)) found.push(`${canary.name} in ${name} (${encoding})`);
      }
    }
  }
  return found;
}

/** A text in every encoding that is searched. */
export function encodingsOf(text: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(text);
  const escaped = JSON.stringify(text).slice(1, -1);
  return [
    ['raw', text],
    ['JSON', escaped],
    ['JSON in JSON', JSON.stringify(escaped).slice(1, -1)],
    ['URL', encodeURIComponent(text)],
    ['form', new URLSearchParams({ a: text }).toString().slice(2)],
    ['hex', bytes.toString('hex')],
    ...[0, 1, 2].flatMap((before) => {
      const padded = Buffer.concat([Buffer.alloc(before), bytes]);
      const [first, last] = [Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6)];
      return (['base64', 'base64url'] as const).map(
        (form) => [`${form} at ${before}`, padded.toString(form).slice(first, last)] as const,
      );
    }),
  ];
}
