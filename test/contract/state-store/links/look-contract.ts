import { expect, it } from '@jest/globals';
import type { Scope } from '../../../../src/domain/connection.ts';
import type { LookStore } from '../../../../src/state-store/look-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { SCOPE } from '../../../support/builders.ts';

const OTHER: Scope = `${SCOPE}0`;

export function lookContract(store: () => StateStore): void {
  const looks = (): LookStore => store().looks;

  it('knows of no look before the first, and tells kinds and scopes apart', async () => {
    expect(await looks().read(SCOPE, 'contact')).toBeNull();
    await looks().write(SCOPE, 'contact', { from: 1, to: 5 });
    await looks().write(SCOPE, 'deal', { from: 2, to: 6 });
    await looks().write(OTHER, 'contact', { from: 3, to: 7 });
    expect(await looks().read(SCOPE, 'contact')).toEqual({ from: 1, to: 5 });
    expect(await looks().read(SCOPE, 'deal')).toEqual({ from: 2, to: 6 });
    expect(await looks().read(OTHER, 'contact')).toEqual({ from: 3, to: 7 });
    expect(await looks().read(OTHER, 'property')).toBeNull();
  });

  it('keeps the look that goes furthest, whoever is last to tell', async () => {
    await looks().write(SCOPE, 'contact', { from: 10, to: 50 });
    await looks().write(SCOPE, 'contact', { from: 1, to: 49 });
    await looks().write(SCOPE, 'contact', { from: 2, to: 50 });
    expect(await looks().read(SCOPE, 'contact')).toEqual({ from: 10, to: 50 });
    await looks().write(SCOPE, 'contact', { from: 40, to: 51 });
    expect(await looks().read(SCOPE, 'contact')).toEqual({ from: 40, to: 51 });
  });

  it('keeps the furthest of those that are told at the same time', async () => {
    const ends = [3, 9, 1, 7, 5];
    await Promise.all(ends.map((to) => looks().write(SCOPE, 'property', { from: to - 1, to })));
    expect(await looks().read(SCOPE, 'property')).toEqual({ from: 8, to: 9 });
  });

  it('keeps how far the CRM’s clock is behind, also where a later look tells nothing of it', async () => {
    const behind = { ms: 300_000, at: 7 };
    await looks().write(SCOPE, 'deal', { from: 1, to: 5 });
    await looks().write(SCOPE, 'deal', { from: 1, to: 5, behind });
    expect(await looks().read(SCOPE, 'deal')).toEqual({ from: 1, to: 5, behind });
    await looks().write(SCOPE, 'deal', { from: 2, to: 9 });
    expect(await looks().read(SCOPE, 'deal')).toEqual({ from: 2, to: 9, behind });
    await looks().write(SCOPE, 'deal', { from: 1, to: 8, behind: { ms: 1, at: 8 } });
    expect(await looks().read(SCOPE, 'deal')).toEqual({ from: 2, to: 9, behind });
    await looks().write(SCOPE, 'contact', { from: 1, to: 5, behind });
    expect(await looks().read(SCOPE, 'contact')).toEqual({ from: 1, to: 5, behind });
  });

  it('forgets with the scope, and nothing of another', async () => {
    await looks().write(SCOPE, 'contact', { from: 1, to: 5 });
    await looks().write(OTHER, 'contact', { from: 3, to: 7 });
    await store().links.forget(SCOPE);
    expect(await looks().read(SCOPE, 'contact')).toBeNull();
    expect(await looks().read(OTHER, 'contact')).toEqual({ from: 3, to: 7 });
  });
}
