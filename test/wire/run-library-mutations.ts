import { reportMutations } from '../security/report-mutations.ts';
import { LIBRARY_MUTATIONS } from './library-mutations.ts';

await reportMutations(LIBRARY_MUTATIONS, process.argv[2]);
