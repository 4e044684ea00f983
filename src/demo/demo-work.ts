import { providerPath } from '../client/api-client.ts';
import { membersOf, readIntegrations } from '../client/connect-client.ts';
import { readPages } from '../client/read-pages.ts';
import { type EntityKind, recordKey } from '../domain/entity.ts';
import type { Cli } from '../terminal/cli.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { compareWithCrm, type Comparison } from './compare-with-crm.ts';
import type { DemoChange } from './office-book.ts';
import type { Office } from './office.ts';
import { DEMO_PROVIDER, type DemoStage } from './start-demo.ts';

interface RecordAnswer {
  readonly entity: EntityKind;
  readonly entityId: string;
  readonly remoteId: string | null;
  readonly failure: object | null;
}

/** What the demo does over the service's API, and what it sees in the CRM. */
export interface DemoWork {
  /** Sends change events; resolves once the service has them for good. */
  send(changes: readonly DemoChange[]): Promise<void>;
  readonly sent: () => number;
  /** Waits until nothing is left to deliver and the CRM equals Zena, `withinMs` at most; answers how they compare then. */
  converged(withinMs: number): Promise<Comparison>;
  /** Calls that the CRM has answered. */
  crmCalls(): { readonly writes: number; readonly lookUps: number };
}

const POLL_MS = 150;
const MOST_RECORDS = 10_000;

export function createDemoWork(
  { client, sandbox, before }: DemoStage,
  office: Office,
  clock: Cli['clock'],
): DemoWork {
  let sent = 0;
  const refusable = new Set([recordKey('contact', office.refusedId)]);

  const isQuiet = async (): Promise<boolean> => {
    const [integration] = await readIntegrations(client);
    return integration !== undefined && integration.counts.due + integration.counts.waiting === 0;
  };
  const compare = async (): Promise<Comparison> => {
    const path = providerPath(DEMO_PROVIDER, 'records');
    const records = await readPages<RecordAnswer>(client, path, {}, MOST_RECORDS);
    return compareWithCrm({
      entries: office.book.entries(),
      states: new Map(
        records.map(({ entity, entityId, remoteId, failure }) => [
          recordKey(entity, entityId),
          { remoteId, refused: failure !== null },
        ]),
      ),
      crm: {
        contact: sandbox.records('contacts'),
        property: sandbox.records('properties'),
        deal: sandbox.records('deals'),
      },
      refusable,
      before,
    });
  };

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
    async converged(withinMs) {
      const deadline = clock.monotonic() + withinMs;
      for (;;) {
        const comparison = (await isQuiet()) ? await compare() : null;
        if (comparison?.differences.length === 0) return comparison;
        if (clock.monotonic() >= deadline) return comparison ?? (await compare());
        await clock.sleep(POLL_MS);
      }
    },
    crmCalls() {
      const counts = Object.entries(sandbox.counts());
      const sum = (writes: boolean) =>
        counts
          .filter(([route]) => route.startsWith('GET ') !== writes)
          .reduce((total, [, count]) => total + count, 0);
      return { writes: sum(true), lookUps: sum(false) };
    },
  };
}
