import type { ProcessLife } from './process-life.ts';

/** Who owns what, by what the store was told. */
export interface OwnerView {
  observe(life: ProcessLife, part: string, method: string, args: readonly unknown[], answer: unknown): void;
  /** The process that the store names as a budget's owner; undefined while nobody ever owned anything. */
  readonly ownerOf: (budget: string) => string | null | undefined;
}

export function createOwnerView(): OwnerView {
  return { observe: () => undefined, ownerOf: () => undefined };
}
