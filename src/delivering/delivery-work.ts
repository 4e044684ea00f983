import type { ICRMConnector } from '../connectors/connector.port.ts';
import type { Link, Remote, RunResult } from '../domain/link.ts';
import type { Draft } from '../domain/mapping.ts';
import type { Neighbour } from '../domain/deciding/plan.ts';
import type { RemoteHit } from '../domain/remote-record.ts';
import type { LinkPatch } from '../state-store/link-store.port.ts';
import type { DispatchGate } from './dispatch-gate.ts';
import type { Desired } from './gather.ts';
import type { Note } from './timeline-writer.ts';

/** One delivery in hand: the link as it stands with what was learned, and what the settling write will record. */
export interface DeliveryWork {
  /** As it was claimed. */
  readonly claimed: Link;
  /** With everything that this delivery learned. */
  link: Link;
  patch: LinkPatch;
  readonly desired: Desired;
  neighbours: readonly Neighbour[];
  readonly found: Map<string, readonly RemoteHit[]>;
  listed: readonly RemoteHit[] | null;
  /** CRM records that were gone when they were to be written. */
  readonly gone: Set<string>;
  /** The CRM record that this delivery's own create made. */
  made: Remote | null;
  readonly notes: Note[];
  /** When the present step began, epoch ms: what got through after that shows that the connection works. */
  stepAt: number;
  readonly gate: DispatchGate;
  readonly connector: ICRMConnector;
}

/** Takes a finding into the link in hand and into what will be stored. */
export function learn(work: DeliveryWork, patch: Omit<LinkPatch, 'runResult'>): void {
  work.patch = { ...work.patch, ...patch };
  work.link = { ...work.link, ...patch };
}

export function shadowOf(draft: Draft, desired: Desired, mapping: string): Link['shadow'] {
  return {
    fields: draft.fields,
    hash: draft.hash,
    version: desired.record?.version ?? 0,
    revision: desired.record?.revision ?? 0,
    mapping,
  };
}

/** The result for the run that the link carries. What was done for the run stays said, also when it is looked at again. */
export function runResultOf({ run }: Link, result: RunResult): Pick<LinkPatch, 'runResult'> {
  const open = run !== null && (run.result === null || run.result === 'retrying' || run.result === 'failed');
  return open ? { runResult: { id: run.id, result } } : {};
}
