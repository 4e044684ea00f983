import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countSecrets } from './secret-forms.ts';

const SECRET = 'canary/"key" 1';
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zena-crm-secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function hitsIn(text: string): Promise<number> {
  const file = join(folder, 'log');
  await writeFile(file, text);
  return countSecrets([file], [SECRET, 'another-secret']);
}

describe('the search for secrets', () => {
  it.each([
    ['plainly', SECRET],
    ['in hex', Buffer.from(SECRET).toString('hex')],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['for a URL', encodeURIComponent(SECRET)],
    ['in JSON', JSON.stringify({ key: SECRET })],
  ])('finds one written %s, once', async (_how, written) => {
    expect(await hitsIn(`before ${written} after`)).toBe(1);
  });

  it('finds each one in a file of many pieces, also where two pieces meet', async () => {
    const chunk = 65_536;
    const across = 'x'.repeat(chunk - 4) + SECRET;
    expect(await hitsIn(across + across.padEnd(3 * chunk, 'y') + SECRET)).toBe(3);
  });

  it('finds none where there is none', async () => {
    expect(await hitsIn('x'.repeat(200_000))).toBe(0);
  });
});
