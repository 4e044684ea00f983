import { mutateDefences } from './mutate-defences.ts';
import type { Mutation } from './mutations.ts';

/** Takes out those of a list that hold a pattern, prints how each ended, and fails the process where one is not missed. */
export async function reportMutations(mutations: readonly Mutation[], pattern = ''): Promise<void> {
  const chosen = mutations.filter(({ defence, file }) => `${defence} ${file}`.includes(pattern));
  const ends = await mutateDefences(chosen, ({ mutation, end, failed }) => {
    console.log(
      `${end.padEnd(8)} ${String(failed).padStart(4)} failed  ${mutation.defence} (${mutation.file})`,
    );
  });
  const wrong = ends.filter(({ end }) => end !== 'red');
  console.log(`${ends.length - wrong.length} of ${ends.length} defences are missed when they are gone`);
  process.exitCode = wrong.length === 0 && ends.length > 0 ? 0 : 1;
}
