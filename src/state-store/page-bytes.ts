import { PAGE_BYTES } from '../domain/page.ts';

/** Takes items one by one until a page is full. */
export interface PageFiller<T> {
  readonly items: T[];
  /** Whether an item more would be too much; asked before one is read. */
  readonly full: () => boolean;
  add(item: T, bytes: number): void;
}

export function createPageFiller<T>(most: number): PageFiller<T> {
  const items: T[] = [];
  let held = 0;
  return {
    items,
    full: () => items.length >= most || held >= PAGE_BYTES,
    add(item, bytes) {
      items.push(item);
      held += bytes;
    },
  };
}

/** Reads one after another until the page is full; answers how many were looked at. */
export function readUntilFull<Id>(
  { full }: Pick<PageFiller<unknown>, 'full'>,
  ids: readonly Id[],
  read: (id: Id) => void,
): number {
  let looked = 0;
  for (const id of ids) {
    if (full()) break;
    read(id);
    looked += 1;
  }
  return looked;
}
