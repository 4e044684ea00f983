import {
  FIVE,
  startFiveCrms,
  type FiveProvider,
  type HeldName,
  type Sickness,
} from '../../test/reliability/five-crms.ts';
import type { OpenPart } from '../harness/part.ts';

/** Where the five are, and what connects each. */
export interface FiveAddresses {
  readonly env: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<FiveProvider, Readonly<Record<string, string>>>>;
}

/** What came to one of the five since the last ask. */
export interface Seen {
  readonly calls: number;
  /** From when each change was due to when the CRM had the call that writes it, ms. */
  readonly samples: readonly number[];
}

export interface SickenInput {
  readonly sick: Readonly<Partial<Record<FiveProvider, Sickness>>>;
  readonly slowMs: number;
  readonly retryAfterSeconds: number;
}

/** A last name that tells when its change was due. */
const STAMP = /Due(\d{13})/g;

export function stampedName(dueAt: number): string {
  return `Due${dueAt}`;
}

/** The five CRMs in a process of their own: their work must not look like the service's. */
export const openPart: OpenPart<null> = async () => {
  const crms = await startFiveCrms();
  const seen = new Map(FIVE.map((provider) => [provider, { calls: 0, arrived: new Map<string, number>() }]));
  for (const provider of FIVE) {
    crms.of[provider].onRequest(({ method, body }) => {
      const of = seen.get(provider);
      if (of === undefined) return;
      of.calls += 1;
      if (method === 'GET' || body === null) return;
      for (const [, due = ''] of JSON.stringify(body).matchAll(STAMP))
        if (!of.arrived.has(due)) of.arrived.set(due, Date.now() - Number(due));
    });
  }
  return {
    commands: {
      addresses: (): Promise<FiveAddresses> =>
        Promise.resolve({
          env: crms.env,
          credentials: Object.fromEntries(
            FIVE.map((provider) => [provider, crms.of[provider].credentials]),
          ) as FiveAddresses['credentials'],
        }),
      contacts: (): Promise<Record<FiveProvider, readonly HeldName[]>> =>
        Promise.resolve(
          Object.fromEntries(FIVE.map((provider) => [provider, crms.of[provider].contacts()])) as Record<
            FiveProvider,
            readonly HeldName[]
          >,
        ),
      seen(): Promise<Record<FiveProvider, Seen>> {
        const told = FIVE.map((provider) => {
          const { calls = 0, arrived = new Map<string, number>() } = seen.get(provider) ?? {};
          seen.set(provider, { calls: 0, arrived: new Map() });
          return [provider, { calls, samples: [...arrived.values()] }];
        });
        return Promise.resolve(Object.fromEntries(told) as Record<FiveProvider, Seen>);
      },
      async sicken({ sick, ...how }: SickenInput) {
        for (const provider of FIVE) {
          const sickness = sick[provider];
          if (sickness !== undefined) await crms.of[provider].sicken(sickness, how);
        }
      },
      async heal() {
        for (const provider of FIVE) await crms.of[provider].heal();
      },
    },
    close: () => crms.close(),
  };
};
