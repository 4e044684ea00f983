import type { EntityBody } from '../../../src/domain/entity.ts';
import { markerOf } from './content-marker.ts';
import type { ServerWrite } from './crm-server.ts';
import type { Dispatch } from './crm-wire.ts';
import { budgetOf, simVault } from './sim-connector.ts';
import { vaultFields } from '../../../src/connectors/mri-vault/mapping.ts';

/** What must never happen, watched where it would be seen: at the CRM and at the store. */
export interface CrmJudge {
  /** What was found, in the order of its happening. */
  readonly violations: readonly string[];
  /** A record of the store was written: from now on its content may be sent. */
  accepted(key: string, revision: number, body: EntityBody | null): void;
  dispatched(dispatch: Dispatch): void;
  written(write: ServerWrite): void;
  /** The API answered that a user's connection is gone. */
  disconnected(apiKey: string): void;
  violated(what: string): void;
}

export interface JudgeParts {
  readonly elapsed: () => number;
  readonly trace: (line: string) => void;
  /** Who may act for a budget now by the store; undefined where the store knows no owners. */
  readonly ownerOf: (budget: string) => string | null | undefined;
}

const WINDOW_MS = 1_000;

export function createCrmJudge({ elapsed, trace, ownerOf }: JudgeParts): CrmJudge {
  const violations: string[] = [];
  const revisions = new Map<string, number>();
  const applied = new Map<string, number>();
  const gone = new Map<string, number>();
  const starts = new Map<string, { at: number; process: string }[]>();

  const violated = (what: string): void => {
    const line = `at ${Math.round(elapsed())}: ${what}`;
    trace(`VIOLATION ${line}`);
    violations.push(line);
  };
  /** What one process begins for one budget within any window. Timers that ran out while it was frozen fire together: one burst. */
  const judgePace = ({ apiKey, process, askedAt, thawedAt }: Dispatch): void => {
    const budget = budgetOf(apiKey);
    const recent = (starts.get(budget) ?? []).filter(({ at }) => at > askedAt - WINDOW_MS);
    recent.push({ at: askedAt, process });
    starts.set(budget, recent);
    const own = recent.filter((start) => start.process === process).length;
    const { requestsPerSecond, maxConcurrent } = simVault.limits;
    const burst = thawedAt > askedAt - 2 * WINDOW_MS ? maxConcurrent : 0;
    if (own > requestsPerSecond + burst) violated(`${own} calls in a second for ${budget} by ${process}`);
  };

  return {
    violations,
    violated,
    accepted(key, revision, body) {
      if (body === null) return;
      const marker = markerOf(
        body.kind,
        vaultFields(body, () => null),
      );
      if (marker !== null) revisions.set(`${key}#${marker.content}`, revision);
    },
    dispatched(dispatch) {
      const { apiKey, process, askedAt, path, forWork } = dispatch;
      const since = gone.get(apiKey);
      if (since !== undefined && askedAt > since && forWork)
        violated(`${process} calls ${path.join('/')} for ${apiKey}, which was disconnected at ${since}`);
      if (!forWork) return;
      judgePace(dispatch);
      const owner = ownerOf(budgetOf(apiKey));
      if (owner !== undefined && owner !== process)
        violated(`${process} calls for ${budgetOf(apiKey)}, which is ${String(owner)}'s`);
    },
    written({ verb, record, marker, account }) {
      if (verb === 'delete' || marker === null) return;
      const key = `${record.kind}/${marker.entityId}`;
      const revision = revisions.get(`${key}#${marker.content}`);
      if (revision === undefined) {
        violated(`${account} was given a content of ${key} that was never accepted`);
        return;
      }
      const place = `${account} ${record.id} ${key}`;
      const before = applied.get(place) ?? 0;
      if (revision < before) violated(`stale overwrite of ${place}: revision ${revision} over ${before}`);
      applied.set(place, Math.max(before, revision));
    },
    disconnected(apiKey) {
      gone.set(apiKey, elapsed());
    },
  };
}
