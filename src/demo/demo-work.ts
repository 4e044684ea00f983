import { providerPath } from '../client/api-client.ts';
import { type IntegrationAnswer, membersOf, readIntegrations } from '../client/connect-client.ts';
import { readPages } from '../client/read-pages.ts';
import { type EntityKind, recordKey } from '../domain/entity.ts';
import type { Cli } from '../terminal/cli.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT } from '../terminal/exit-code.ts';
import type { Comparison } from './compare-with-crm.ts';
import { lookAtCrm } from './look-at-crm.ts';
import type { DemoChange } from './office-book.ts';
import type { Office } from './office.ts';
import type { DemoStage, FurnishedCrm } from './start-demo.ts';

interface RecordAnswer {
  readonly entity: EntityKind;
  readonly entityId: string;
  readonly remoteId: string | null;
  readonly failure: object | null;
}

/** How one CRM compares with Zena. */
export interface CrmComparison {
  readonly provider: string;
  readonly name: string;
  readonly comparison: Comparison;
}

export interface CallCounts {
  readonly writes: number;
  readonly lookUps: number;
}

/** What the demo does over the service's API, and what it sees in the CRMs. */
export interface DemoWork {
  /** Sends change events; resolves once the service has them for good. */
  send(changes: readonly DemoChange[]): Promise<void>;
  readonly sent: () => number;
  /**
   * Waits until nothing is left to deliver and each of these CRMs equals Zena, `withinMs` at most; answers how they compare then.
   *
   * @param crms default: all
   */
  converged(withinMs: number, crms?: readonly FurnishedCrm[]): Promise<readonly CrmComparison[]>;
  /** Waits until the service says so of a connection, `withinMs` at most; answers whether it did. */
  becomes(
    provider: string,
    is: (integration: IntegrationAnswer) => boolean,
    withinMs: number,
  ): Promise<boolean>;
  /** Calls of the service to a CRM, as its metrics count them. */
  crmCalls(provider: string): Promise<CallCounts>;
}

const POLL_MS = 150;
const METRICS_MS = 10_000;
const MOST_RECORDS = 10_000;
const WRITES = ['create', 'update', 'delete'];

export function createDemoWork(
  { client, crms: allCrms }: DemoStage,
  office: Office,
  clock: Cli['clock'],
): DemoWork {
  let sent = 0;
  const refusable = new Set([recordKey('contact', office.refusedId)]);
  const onceLinked = new Map(allCrms.map(({ crm }) => [crm.provider, new Set<string>()]));

  const isQuiet = async (of: readonly FurnishedCrm[]): Promise<boolean> => {
    const integrations = await readIntegrations(client);
    return of.every(({ crm }) => {
      const counts = integrations.find(({ provider }) => provider === crm.provider)?.counts;
      return counts !== undefined && counts.due + counts.waiting === 0;
    });
  };
  const compare = async ({ crm, before }: FurnishedCrm): Promise<CrmComparison> => {
    const { provider, name } = crm;
    const path = providerPath(provider, 'records');
    const records = await readPages<RecordAnswer>(client, path, {}, MOST_RECORDS);
    const linked = onceLinked.get(provider) ?? new Set();
    for (const { remoteId } of records) if (remoteId !== null) linked.add(remoteId);
    const states = new Map(
      records.map(({ entity, entityId, remoteId, failure }) => [
        recordKey(entity, entityId),
        { remoteId, refused: failure !== null },
      ]),
    );
    const entries = office.book.entries();
    const comparison = await lookAtCrm(crm, { entries, states, refusable, before, onceLinked: linked });
    return { provider, name, comparison };
  };
  const compareAll = (of: readonly FurnishedCrm[]) => Promise.all(of.map(compare));

  return {
    async send(changes) {
      const body = JSON.stringify(changes);
      const answer = await client.call({ method: 'POST', path: '/api/changes', body });
      const [rejected] = membersOf<{ readonly message: string }>(answer, 'rejected');
      if (rejected !== undefined)
        throw new CommandFailure(EXIT.failed, `A change is not valid: ${rejected.message}`);
      sent += changes.length;
    },
    sent: () => sent,
    async converged(withinMs, crms = allCrms) {
      const deadline = clock.monotonic() + withinMs;
      for (;;) {
        const compared = (await isQuiet(crms)) ? await compareAll(crms) : null;
        if (compared !== null && areEqual(compared)) return compared;
        if (clock.monotonic() >= deadline) return compared ?? (await compareAll(crms));
        await clock.sleep(POLL_MS);
      }
    },
    async becomes(provider, is, withinMs) {
      const deadline = clock.monotonic() + withinMs;
      for (;;) {
        const found = (await readIntegrations(client)).find((one) => one.provider === provider);
        if (found !== undefined && is(found)) return true;
        if (clock.monotonic() >= deadline) return false;
        await clock.sleep(POLL_MS);
      }
    },
    async crmCalls(provider) {
      // Also once the demo is asked to stop: the summary tells of it.
      const text = await (await client.open('/metrics', AbortSignal.timeout(METRICS_MS))).text();
      let [writes, lookUps] = [0, 0];
      for (const [, labels = '', count] of text.matchAll(/^crm_sync_crm_calls_total\{(.*)\} (\d+)$/gm)) {
        if (!labels.includes(`provider="${provider}"`)) continue;
        if (WRITES.some((verb) => labels.includes(`verb="${verb}"`))) writes += Number(count);
        else lookUps += Number(count);
      }
      return { writes, lookUps };
    },
  };
}

/** Whether each CRM is as it should be. */
export function areEqual(compared: readonly CrmComparison[]): boolean {
  return compared.every(({ comparison }) => comparison.differences.length === 0);
}
