import type { RecordState } from './types.ts';

/** What lists of records can be asked for; a superseded one is linked. */
export type LinkState = Exclude<RecordState, 'superseded'>;
