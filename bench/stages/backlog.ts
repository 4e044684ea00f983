import { systemClock } from '../../src/runtime/clock.ts';
import type { LinkCounts } from '../../src/state-store/link-store.port.ts';
import type { PutBackInput, PublishInput } from '../parts/core.ts';
import type { CrmContact } from '../parts/crm.ts';
import { CRM_USER, type CrmStage } from './crm-stage.ts';
import { LIVE } from './live-changes.ts';

/** Records that wait, of one user. */
export interface Waiting {
  readonly userId: string;
  readonly from: number;
  readonly to: number;
}

/** Of one publishing: few enough to be held in memory at a time. */
const A_PART = 5_000;
/** A delivery that was under way when its connection was paused ends within its call's deadline. */
const LOOK_AGAIN_MS = 250;
const LONGEST_REST_MS = 15_000;

/** A full sync of so many records that the CRM does not have: begun, then paused. */
export async function prepareSync({ core, publish }: CrmStage, records: number): Promise<Waiting> {
  const waiting = { userId: CRM_USER, from: LIVE, to: LIVE + records };
  await core.ask('pause', CRM_USER);
  await publish(waiting.from, waiting.to, [1, 1]);
  await core.ask('defer', CRM_USER);
  await core.ask('resume', CRM_USER);
  await core.ask('begin-sync', CRM_USER);
  await core.ask('pause', CRM_USER);
  return waiting;
}

/**
 * So many due records: half are of the user whose contacts are changed, and wait for another try as they do after refusals; the
 * others are changes of other users, each with a budget of its own, as an outage leaves them. All paused.
 */
export async function prepareBacklog(
  { core, url }: CrmStage,
  records: number,
  apiKeys: readonly string[],
): Promise<Waiting[]> {
  const others = apiKeys.map((apiKey, at) => ({ apiKey, userId: `waiting-${at}` }));
  for (const user of others) await core.ask('connect', { ...user, instanceUrl: url });
  const half = records / 2;
  const each = half / others.length;
  const waiting = [
    { userId: CRM_USER, from: LIVE, to: LIVE + half },
    ...others.map(({ userId }, at) => ({
      userId,
      from: LIVE + half + at * each,
      to: LIVE + half + (at + 1) * each,
    })),
  ];
  for (const { userId, from, to } of waiting) {
    await core.ask('pause', userId);
    for (let part = from; part < to; part += A_PART) {
      const changes = { userId, from: part, to: Math.min(to, part + A_PART), versions: [1, 1] } as const;
      await core.ask('publish', changes satisfies PublishInput);
    }
  }
  await core.ask('defer', CRM_USER);
  await core.ask('put-back', {
    userId: CRM_USER,
    from: LIVE,
    to: LIVE + half,
    lane: 'retry',
  } satisfies PutBackInput);
  return waiting;
}

/**
 * Compares store and CRM where only part of what waited was delivered, once nothing is under way any more: what is linked is in the
 * CRM, each once; where `allDue`, whatever is not linked is still due.
 */
export async function restFaults(
  stage: CrmStage,
  waiting: readonly Waiting[],
  allDue: boolean,
): Promise<string[]> {
  const until = performance.now() + LONGEST_REST_MS;
  for (;;) {
    const faults = await compare(stage, waiting, allDue);
    if (faults.length === 0 || performance.now() > until) {
      const { value: errors } = await stage.core.ask<string[]>('errors');
      return [...faults, ...errors.slice(0, 3)];
    }
    await systemClock.sleep(LOOK_AGAIN_MS);
  }
}

async function compare(
  { core, crm }: CrmStage,
  waiting: readonly Waiting[],
  allDue: boolean,
): Promise<string[]> {
  const faults: string[] = [];
  let linked = 0;
  for (const { userId, from, to } of waiting) {
    const { value: counts } = await core.ask<LinkCounts>('counts', userId);
    const records = to - from + (userId === CRM_USER ? LIVE : 0);
    const known = counts.linked + counts.due + counts.waiting;
    if (allDue && known !== records)
      faults.push(`${known} links of ${userId} are linked or due for ${records} records`);
    if (counts.failed > 0) faults.push(`${counts.failed} deliveries of ${userId} were given up`);
    linked += counts.linked;
  }
  const { value: held } = await crm.ask<CrmContact[]>('contacts');
  const emails = new Set(held.map(({ email }) => email)).size;
  if (held.length !== linked) faults.push(`the CRM holds ${held.length} contacts for ${linked} links`);
  if (held.length !== emails) faults.push(`the CRM holds ${held.length} contacts of ${emails} emails`);
  return faults;
}
