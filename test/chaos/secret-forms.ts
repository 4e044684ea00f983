import { createReadStream } from 'node:fs';

/** How often one of the secrets stands in the files, plainly or in a form that is easily turned back. */
export async function countSecrets(files: readonly string[], secrets: readonly string[]): Promise<number> {
  const forms = [...new Set(secrets.flatMap(formsOf))];
  const longest = Math.max(...forms.map(({ length }) => length));
  let hits = 0;
  for (const file of files) {
    let rest = '';
    for await (const chunk of createReadStream(file, 'utf8')) {
      const text = rest + String(chunk);
      for (const form of forms) hits += text.split(form).length - 1;
      // What stands across two chunks is found with the next one; what ended before its tail is not counted again.
      rest = text.slice(-(longest - 1));
      for (const form of forms) hits -= rest.split(form).length - 1;
    }
    for (const form of forms) hits += rest.split(form).length - 1;
  }
  return hits;
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const json = JSON.stringify(secret).slice(1, -1);
  // Base64 without its end, which depends on what follows.
  const base64 = bytes.toString('base64').replace(/=+$/, '').slice(0, -1);
  return [secret, bytes.toString('hex'), base64, encodeURIComponent(secret), json];
}
