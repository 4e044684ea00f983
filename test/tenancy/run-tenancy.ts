import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { runHistory } from './run-history.ts';
import { histories } from './tenant-acts.ts';

/** `npm run tenancy -- --runs N --seed S [--path P]`: exit code 1, with the shortest history, where something is shown to another. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    path: { type: 'string' },
  },
});

const line = (text: string): void => void process.stdout.write(`${text}\n`);
const began = performance.now();
let [looked, seen, played] = [0, 0, 0];

const result = await fc.check(
  fc.asyncProperty(histories, fc.boolean(), async (acts, share) => {
    const judged = await runHistory(acts, { share });
    looked += judged.looked;
    seen += judged.seen;
    played += 1;
    if (judged.leaks.length > 0) throw new Error(judged.leaks.join('\n'));
  }),
  {
    numRuns: Number(values.runs),
    seed: Number(values.seed),
    ...(values.path !== undefined && { path: values.path }),
  },
);

const seconds = ((performance.now() - began) / 1_000).toFixed(1);
line(
  `${String(played)} histories in ${seconds} s: ${String(looked)} outputs, ${String(seen)} words where they belong`,
);
if (result.failed) {
  const [acts = [], share = false] = result.counterexample ?? [];
  line(`FAILED; again with --seed ${String(result.seed)} --path ${result.counterexamplePath ?? ''}`);
  line(result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance));
  if (share) line('  two users have one CRM account');
  for (const act of acts) line(`  ${JSON.stringify(act)}`);
} else line(`seed ${String(result.seed)}: nobody was shown another's`);
process.exitCode = result.failed ? 1 : 0;
