/** Each side's results, one of each round, in the order of the rounds. */
export type Rounds<Side extends string, T> = Readonly<Record<Side, readonly T[]>>;

/**
 * Runs the sides in turns, so that a load of the machine that grows or falls favours none: every other round begins with the
 * last side. One round of each comes first and is not counted; `warmUp` false leaves it out.
 */
export async function alternate<Side extends string, T>(
  rounds: number,
  sides: Readonly<Record<Side, (round: number) => Promise<T>>>,
  options: { readonly warmUp?: boolean; readonly onRound?: (round: number) => void } = {},
): Promise<Rounds<Side, T>> {
  const names = Object.keys(sides) as Side[];
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Side, T[]>;
  if (options.warmUp !== false) for (const name of names) await sides[name](-1);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      results[name].push(await sides[name](round));
    }
    options.onRound?.(round);
  }
  return results;
}

/** The quotient of each round's two figures: what happened to the machine in a round happened to both. */
export function quotients(above: readonly number[], below: readonly number[]): number[] {
  return above.map((value, round) => value / (below[round] ?? Number.NaN));
}
