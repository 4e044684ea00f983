import type { Run } from '../api/types.ts';
import { count, durationInWords, number } from './duration.ts';

type Told = Omit<Run, 'runId' | 'provider' | 'reason'>;

export function hasEnded({ status }: Pick<Run, 'status'>): boolean {
  return status === 'completed' || status === 'completed_with_failures' || status === 'cancelled';
}

/** Where a full sync is: `1,204 of 5,000 records · 48 a second · about 2 min left`. */
export function runProgressWords({ done, total, ratePerSecond, etaSeconds }: Told): string {
  const parts = [`${number(done)} of ${count(total, 'record')}`];
  if (ratePerSecond !== null && ratePerSecond > 0) parts.push(`${rate(ratePerSecond)} a second`);
  if (etaSeconds !== null && etaSeconds > 0)
    parts.push(`about ${durationInWords(Math.ceil(etaSeconds))} left`);
  return parts.join(' · ');
}

/** How a full sync ended, in a sentence or two. */
export function runSummaryWords(run: Told, crm: string): string {
  if (run.status === 'cancelled')
    return `Stopped after ${count(run.done, 'record')}. What was sent stays in ${crm}.`;
  const kinds = [
    count(run.contactsSynced, 'contact'),
    count(run.propertiesSynced, 'property', 'properties'),
    count(run.dealsSynced, 'deal'),
  ];
  const sentences = [`${list(kinds)} are up to date in ${crm}${tookWords(run)}: ${whatWasDone(run)}.`];
  if (run.failed > 0) sentences.push(`${crm} refused ${count(run.failed, 'record')}.`);
  if (run.retrying > 0)
    sentences.push(`${count(run.retrying, 'record')} didn’t get through; trying again soon.`);
  return sentences.join(' ');
}

function whatWasDone(run: Told): string {
  const { created, updated, repaired, drifted, unchanged, deleted, superseded, skipped } = run;
  const parts = [
    created > 0 && `${number(created)} added`,
    updated > 0 && `${number(updated)} updated`,
    deleted > 0 && `${number(deleted)} removed`,
    repaired > 0 && `${number(repaired)} put right`,
    drifted > 0 && `${number(drifted)} left as people changed them`,
    superseded > 0 && `${number(superseded)} shared with a newer contact`,
    unchanged > 0 && `${number(unchanged)} already equal`,
    skipped > 0 && `${number(skipped)} with nothing to send`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'there was nothing to send' : list(parts);
}

function tookWords({ createdAt, finishedAt }: Told): string {
  if (finishedAt === null) return '';
  return ` after ${durationInWords(Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt)) / 1_000)}`;
}

function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : number(Math.round(perSecond));
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}
