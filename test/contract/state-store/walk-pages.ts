import { expect } from '@jest/globals';
import type { Page } from '../../../src/domain/page.ts';

/** More than any suite has. */
const MOST_PAGES = 200;

/** Every item of every page, in order; `between` runs after each page. Fails where a page is longer than asked for, or the walk never ends. */
export async function walkPages<T>(
  page: (cursor: string | null, limit: number) => Promise<Page<T>>,
  limit: number,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const got: Page<T> = await page(cursor, limit);
    expect(got.items.length).toBeLessThanOrEqual(limit);
    pages += 1;
    expect(pages).toBeLessThan(MOST_PAGES);
    items.push(...got.items);
    cursor = got.nextCursor;
    await between();
  } while (cursor !== null);
  return items;
}
