import type { Integration } from '../api/types.ts';
import { count, durationInWords } from './duration.ts';
import type { Tone } from './tone.ts';

export interface ConnectionState {
  readonly tone: Tone;
  readonly label: string;
  /** What it means and who can fix it; null when there is nothing to say. */
  readonly explanation: string | null;
}

type Seen = Pick<Integration, 'status' | 'health' | 'counts'>;

/** A connection's state as its owner should hear it. `crm` is the CRM's name. */
export function connectionState(
  { status, health, counts }: Seen,
  crm: string,
  isSyncing: boolean,
): ConnectionState {
  if (health.reason === 'PROVIDER_UNAVAILABLE') {
    const explanation = `This service isn’t set up for ${crm} now. Whoever runs it can fix that. Nothing is lost: changes in Zena are kept and sent then.`;
    return { tone: 'bad', label: 'Not available', explanation };
  }
  if (status === 'paused') {
    const explanation = `Nothing is sent to ${crm} until you resume. Changes in Zena are kept and sent then.`;
    return { tone: 'quiet', label: 'Paused', explanation };
  }
  if (status === 'needs_reauth' || health.state === 'needs_reauth') return refused(health.whoCanFix, crm);
  if (health.state === 'unreachable' && health.whoCanFix === 'operator') {
    const why =
      health.reason === 'KEYS_UNAVAILABLE'
        ? 'The stored credentials can’t be opened just now.'
        : `${crm} doesn’t accept this service itself.`;
    const explanation = `${why} Whoever runs it can fix that; there is nothing for you to do. Nothing is lost: changes in Zena are kept and sent then.`;
    return { tone: 'bad', label: 'Waiting for the operator', explanation };
  }
  if (health.state === 'unreachable') {
    const explanation = `${crm} isn’t answering. Nothing is lost and there is nothing for you to do: everything is sent as soon as it is back.`;
    return { tone: 'wait', label: 'Waiting for the CRM', explanation };
  }
  if (health.state === 'rate_limited') {
    const explanation = `${crm} asked us to slow down for a moment. There is nothing for you to do.`;
    return { tone: 'wait', label: 'Waiting for the CRM', explanation };
  }
  if (health.reason === 'CREDENTIALS_EXPIRE') {
    const explanation = `The credentials for ${crm} end within 30 days. Make new ones there and enter them here; until they end everything goes on.`;
    return { tone: 'wait', label: 'Credentials end soon', explanation };
  }
  if (counts.failed > 0) {
    const explanation = `${crm} refused ${count(counts.failed, 'record')}. Everything else goes on.`;
    return { tone: 'bad', label: 'Problems', explanation };
  }
  if (isSyncing || counts.due + counts.waiting > 0)
    return { tone: 'busy', label: 'Syncing', explanation: null };
  return { tone: 'good', label: 'Up to date', explanation: null };
}

function refused(whoCanFix: Integration['health']['whoCanFix'], crm: string): ConnectionState {
  const label = 'Needs new credentials';
  return whoCanFix === 'operator'
    ? {
        tone: 'bad',
        label,
        explanation: `The stored credentials can’t be read. Whoever runs this service can fix it.`,
      }
    : {
        tone: 'bad',
        label,
        explanation: `${crm} no longer accepts the stored credentials. You can fix this: enter new ones. Changes wait until then.`,
      };
}

/** How far behind the CRM is; null when a record only waits for its turn. */
export function lagInWords({
  lagSeconds,
  counts,
}: Pick<Integration, 'lagSeconds' | 'counts'>): string | null {
  if (lagSeconds >= 1) return `Behind by ${durationInWords(lagSeconds)}`;
  return counts.due + counts.waiting === 0 ? 'No delay' : null;
}
