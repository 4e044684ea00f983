import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const ASKED = 'src/domain/may-see.ts';
/** A store's adapters say the same as queries, of what they need not read. */
const STORES = 'src/state-store/';

/** Whose a record is, compared by hand. */
const BY_HAND = /\brecord\??\.userId\s*[!=]==|[!=]==\s*[\w.?]*\brecord\??\.userId/;
/** Records read by their keys, whosever they are. */
const READS = /\brecords\.(?:read|readPart)\(/;
/** What is made of them asks. */
const ASKS = /\b(?:asSeenBy|ownOnly|maySee|checkedEntry)\(/;

/** Those who read records by their keys and need not ask, and why. */
const NEED_NOT: Readonly<Record<string, string>> = {
  'src/ingest/ingest.ts': 'writes what Zena says of them, and shows nothing',
};

describe('who may see a record', () => {
  let sources: readonly { readonly path: string; readonly text: string }[];

  beforeAll(async () => {
    const entries = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
    sources = await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return { path: relative(ROOT, path), text: await readFile(path, 'utf8') };
      }),
    );
  });

  it('is decided in one place', () => {
    const elsewhere = sources.filter(({ path }) => path !== ASKED && !path.startsWith(STORES));
    expect(elsewhere.filter(({ text }) => BY_HAND.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('is asked there by everything that reads records by their keys', () => {
    const readers = sources.filter(({ path, text }) => !path.startsWith(STORES) && READS.test(text));
    expect(readers.length).toBeGreaterThanOrEqual(6);
    const silent = readers.filter(({ path, text }) => !(path in NEED_NOT) && !ASKS.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
    const paths = readers.map(({ path }) => path);
    expect(Object.keys(NEED_NOT).filter((path) => !paths.includes(path))).toEqual([]);
  });
});
