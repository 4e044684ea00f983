import type { Filter } from 'mongodb';
import type { LinkState } from '../../../domain/link.ts';
import type { LinkDocument } from './stored-link.ts';

export type LinkCondition = Filter<LinkDocument>;

const present = { $exists: true } as const;
const absent = { $exists: false } as const;

/** Absent fields pass: nothing holds the link back. */
const notAfter = (now: number): { $not: { $gt: number } } => ({ $not: { $gt: now } });

/** `nextAt`, back-off and quiet time have passed. */
export function dueAt(now: number): LinkCondition {
  return { nextAt: { $lte: now }, notBefore: notAfter(now), quietUntil: notAfter(now) };
}

/** Nobody holds the link, or a holder of an earlier epoch does, or one whose time is over. */
export function claimableBy(epoch: number, now: number): LinkCondition {
  return { $or: [{ claim: absent }, { 'claim.epoch': { $lt: epoch } }, { 'claim.until': { $lte: now } }] };
}

/** Nobody holds the link, or a holder whose time is over does. */
export function unheld(now: number): LinkCondition {
  return { $or: [{ claim: absent }, { 'claim.until': { $lte: now } }] };
}

/** `linkState` as conditions, rule by rule in the same order. */
export function inState(state: LinkState, now: number): LinkCondition {
  if (state === 'creating') return { intent: present };
  if (state === 'working') return { intent: absent, 'claim.until': { $gt: now } };
  const idle = { intent: absent, 'claim.until': notAfter(now) };
  if (state === 'due') return { ...idle, ...dueAt(now) };
  if (state === 'waiting') {
    const later = { $gt: now };
    return {
      ...idle,
      nextAt: present,
      $or: [{ nextAt: later }, { notBefore: later }, { quietUntil: later }],
    };
  }
  const resting = { ...idle, nextAt: absent };
  if (state === 'dead') return { ...resting, dead: present };
  return { ...resting, dead: absent, remote: state === 'linked' ? present : absent };
}

/** Takes a link's work away: what `LinkDocument` says of a link at rest. */
export const TO_REST = {
  $unset: { nextAt: '', dirtySince: '' },
  $rename: { lane: 'restLane', queue: 'restQueue' },
} as const;
