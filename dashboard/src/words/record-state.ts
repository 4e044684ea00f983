import type { RecordState } from '../api/types.ts';
import type { Tone } from './tone.ts';

/** In the order in which they are offered as a filter. */
export const RECORD_STATES: Readonly<Record<RecordState, { readonly tone: Tone; readonly label: string }>> = {
  linked: { tone: 'good', label: 'In sync' },
  due: { tone: 'busy', label: 'To be sent' },
  working: { tone: 'busy', label: 'Being sent' },
  creating: { tone: 'busy', label: 'Being added' },
  waiting: { tone: 'wait', label: 'Waiting' },
  dead: { tone: 'bad', label: 'Needs a look' },
  unlinked: { tone: 'quiet', label: 'Not in the CRM' },
};
