import { Agent } from 'undici';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { OpenPart } from '../harness/part.ts';
import { createForward, eventsToForward, type CrmAccess } from '../support/forward.ts';

/**
 * `serial`: one event after another, as a consumer of one partition does. `partitions`: six such. `keys`: 32 at a time, those of
 * an entity in order.
 */
export type NaiveStyle = 'serial' | 'partitions' | 'keys';

export interface NaiveOptions extends CrmAccess {
  readonly style: NaiveStyle;
}

/** How many contacts there are, and how many changes of each. */
export interface Load {
  readonly records: number;
  readonly versions: number;
}

const CHAINS: Readonly<Record<NaiveStyle, number>> = { serial: 1, partitions: 6, keys: 32 };

/** The pipeline that one writes first: for each event look for the record in the CRM, then create or update it. */
export const openPart: OpenPart<NaiveOptions> = async ({ style, ...access }) => {
  const agent = new Agent({ connections: 64 });
  const forward = createForward(agent, access);
  return {
    profiled: { run: 'a naive pipeline' },
    commands: {
      async run({ records, versions }: Load) {
        const chains = Array.from({ length: CHAINS[style] }, (): ChangeEvent[] => []);
        const events = eventsToForward(records, versions);
        for (const [at, event] of events.entries()) chains[(at % records) % chains.length]?.push(event);
        await Promise.all(
          chains.map(async (chain) => {
            for (const event of chain) await forward(event);
          }),
        );
        return { events: events.length, failed: 0 };
      },
    },
    close: () => agent.close(),
  };
};
