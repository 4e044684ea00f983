import type { LinkState } from '../api/link-state.ts';
import type { RecordState } from '../api/types.ts';
import type { Tone } from './tone.ts';

interface StateWords {
  readonly tone: Tone;
  readonly label: string;
}

/** In the order in which they are offered as a filter. */
export const LINK_STATES: Readonly<Record<LinkState, StateWords>> = {
  linked: { tone: 'good', label: 'In sync' },
  due: { tone: 'busy', label: 'To be sent' },
  working: { tone: 'busy', label: 'Being sent' },
  creating: { tone: 'busy', label: 'Being added' },
  waiting: { tone: 'wait', label: 'Waiting' },
  dead: { tone: 'bad', label: 'Needs a look' },
  unlinked: { tone: 'quiet', label: 'Not in the CRM' },
};

export const RECORD_STATES: Readonly<Record<RecordState, StateWords>> = {
  ...LINK_STATES,
  superseded: { tone: 'quiet', label: 'A newer contact speaks' },
};
