import type { Link } from '../../domain/link.ts';

/** Of records that go to the CRM together, how many are tried at once: after the first death, after the second, and then each alone. */
const TOGETHER = [200, 16] as const;

/**
 * With how many others like it, itself counted, a record is tried that processes died with; null: it is not suspected. Of what went with a
 * job the next thing is a look at the job, one for thousands.
 */
export function trialSize(
  { starts = 0, intent }: Pick<Link, 'starts' | 'intent'>,
  inCompany: boolean,
): number | null {
  if (starts === 0 || intent?.job !== undefined) return null;
  return (inCompany ? TOGETHER[starts - 1] : undefined) ?? 1;
}

/** How many can have been on trial together when the last of so many processes died: of more, most were only claimed at that moment. */
export function mostOnTrial(starts: number, inCompany: boolean): number {
  if (starts < 2) return Number.POSITIVE_INFINITY;
  return (inCompany ? TOGETHER[starts - 2] : undefined) ?? 1;
}
