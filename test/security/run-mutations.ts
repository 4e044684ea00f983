import { MUTATIONS } from './mutations.ts';
import { reportMutations } from './report-mutations.ts';

await reportMutations(MUTATIONS, process.argv[2]);
