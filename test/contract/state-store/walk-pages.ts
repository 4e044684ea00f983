import { expect } from '@jest/globals';
import type { Page } from '../../../src/state-store/page.ts';

/** Every item of every page, in order; `between` runs after each page. Fails where a page is longer than asked for. */
export async function walkPages<T>(
  page: (cursor: string | null, limit: number) => Promise<Page<T>>,
  limit: number,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const got: Page<T> = await page(cursor, limit);
    expect(got.items.length).toBeLessThanOrEqual(limit);
    items.push(...got.items);
    cursor = got.nextCursor;
    await between();
  } while (cursor !== null);
  return items;
}
