import { dateTimeText, stampOf } from '../records/record-values.ts';
import type { SfObject } from '../schema/objects.ts';
import { removedRecords, type HeldRecord, type SfOrg } from '../org/sf-org.ts';
import { failed, failure, ok, type SfReply } from '../org/sf-reply.ts';

const DAY_MS = 86_400_000;
/** Verified: how far back each list goes. */
const REACH_DAYS = { updated: 30, deleted: 15 } as const;

/** `/updated` and `/deleted`: whose records changed, or went, within a time; its seconds don't count (verified). */
export function changedReply(
  org: SfOrg,
  object: SfObject,
  which: 'updated' | 'deleted',
  query: URLSearchParams,
): SfReply {
  const [start, end] = [minuteOf(query.get('start')), minuteOf(query.get('end'))];
  if (start === null || end === null) {
    const told = `${start === null ? 'start' : 'end'} is not a valid date`;
    return failed(400, failure('INVALID_FIELD', told));
  }
  if (end <= start)
    return failed(
      400,
      failure('INVALID_REPLICATION_DATE', 'endDate must be at least one minute greater than startDate'),
    );
  const reach = REACH_DAYS[which] * DAY_MS;
  if (start < org.now() - reach - 60_000) {
    const told = `startDate before org replication enabled date, or more than ${REACH_DAYS[which]} days ago`;
    return failed(400, failure('INVALID_REPLICATION_DATE', told));
  }
  const isWithin = (held: HeldRecord): boolean => stampOf(held) >= start && stampOf(held) < end;
  const latest = dateTimeText(Math.min(end, org.now()));
  if (which === 'updated') {
    const held = org.store.all(object.name).map((record) => ({ object, record, removedAt: null }));
    return ok({ ids: held.filter(isWithin).map(({ record }) => record.id), latestDateCovered: latest });
  }
  return ok({
    deletedRecords: removedRecords(org, object)
      .filter(isWithin)
      .map(({ record, removedAt }) => ({ id: record.id, deletedDate: dateTimeText(removedAt ?? 0) })),
    earliestDateAvailable: dateTimeText(org.now() - reach),
    latestDateCovered: latest,
  });
}

function minuteOf(text: string | null): number | null {
  // A plus that wasn't encoded arrives as a blank.
  const time = Date.parse((text ?? '').replace(' ', '+'));
  return Number.isNaN(time) ? null : Math.floor(time / 60_000) * 60_000;
}
