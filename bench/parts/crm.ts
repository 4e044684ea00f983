import { constants, setPriority } from 'node:os';
import type { JournalEntry } from '../../src/sandbox/kit/journal/journal.ts';
import type { VaultRateLimit } from '../../src/sandbox/mri-vault/vault-settings.ts';
import { startVaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import type { OpenPart } from '../harness/part.ts';
import { epochNow } from '../support/epoch-now.ts';

export interface CrmOptions {
  readonly apiKeys: readonly string[];
  /** How long it takes for an answer, ms. */
  readonly latencyMs: number;
  /** Null: it refuses nothing. */
  readonly rateLimit: VaultRateLimit | null;
}

export interface CrmState {
  /** Calls so far, `authenticate` left out: of all, and how many of them wrote, or read. */
  readonly calls: number;
  readonly writes: number;
  /** Of records by their ids, and of what was changed: what keeps people's work from harm. Searches by key are none. */
  readonly reads: number;
  /** Refused because they were too many. */
  readonly overLimit: number;
}

export interface CrmContact {
  readonly email: string;
  readonly notes: string;
}

/** A contact that is about to be written, and how long that is waited for. */
export interface NextWrite {
  readonly email: string;
  readonly mostMs: number;
}

/** What somebody who works in the CRM does. */
export interface PersonsEdit {
  readonly oneOf: number;
  readonly line: string;
}

/** When a call came in, epoch ms with fractions; the contact's email where it writes one. */
export interface Arrival {
  readonly email: string | null;
  readonly at: number;
}

/** The sandbox CRM in a process of its own, so that its work is not taken for ours. */
export const openPart: OpenPart<CrmOptions> = async ({ apiKeys, latencyMs, rateLimit }) => {
  comeFirst();
  const sandbox = await startVaultSandbox({ apiKeys, rateLimit, journalSize: 1 });
  if (latencyMs > 0) sandbox.misbehave({ fault: { kind: 'latency', ms: latencyMs } });
  const arrivals: Arrival[] = [];
  const writes = createCounter();
  const awaited = new Map<string, (at: number) => void>();
  sandbox.onRequest(({ route, body }: JournalEntry) => {
    if (route.includes('/auth/')) return;
    const { email } = (body ?? {}) as { readonly email?: unknown };
    const at = epochNow();
    arrivals.push({ email: typeof email === 'string' ? email : null, at });
    if (typeof email !== 'string') return;
    writes.count();
    awaited.get(email)?.(at);
  });
  const sum = (includes: (route: string) => boolean): number =>
    Object.entries(sandbox.counts())
      .filter(([route]) => !route.includes('/auth/') && includes(route))
      .reduce((total, [, count]) => total + count, 0);
  return {
    commands: {
      url: () => Promise.resolve(sandbox.url),
      state: (): Promise<CrmState> =>
        Promise.resolve({
          calls: sum(() => true),
          writes: sum((route) => !route.startsWith('GET ')),
          reads: sum((route) => route.startsWith('GET ') && !route.endsWith('/search')),
          overLimit: sandbox.overLimit(),
        }),
      contacts: (): Promise<CrmContact[]> =>
        Promise.resolve(
          sandbox
            .records('contacts')
            .map(({ email, notes }) => ({ email: textOf(email), notes: textOf(notes) })),
        ),
      /** Somebody adds this line to the notes of one contact of so many; resolves with their emails. */
      edit: ({ oneOf, line }: PersonsEdit): Promise<string[]> => {
        const edited = sandbox.records('contacts').filter((_, at) => at % oneOf === 0);
        for (const { id, notes } of edited)
          sandbox.editRecord('contacts', String(id), { notes: `${textOf(notes)}\n${line}` });
        return Promise.resolve(edited.map(({ email }) => textOf(email)));
      },
      /** Refuses what is too much from now on. */
      async enforce(rateLimit: VaultRateLimit) {
        sandbox.configure({ rateLimit });
      },
      /** Those since the last ask. */
      arrivals: (): Promise<Arrival[]> => Promise.resolve(arrivals.splice(0)),
      /** When the next call came that writes this email, epoch ms; null where none does in time. */
      'next-write': (wanted: NextWrite) => nextWrite(awaited, wanted),
      /** Resolves once so many more contacts were written than at the last time, or after a minute and a half. */
      written: (count: number) => writes.more(count),
    },
    close: () => sandbox.close(),
  };
};

/** Who judges whether calls came too close together must not be late itself. */
function comeFirst(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch (error) {
    // Not everybody may.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw error;
  }
}

async function nextWrite(
  awaited: Map<string, (at: number) => void>,
  { email, mostMs }: NextWrite,
): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  awaited.set(email, resolve);
  const tooLong = setTimeout(() => resolve(null), mostMs);
  const at = await promise;
  clearTimeout(tooLong);
  awaited.delete(email);
  return at;
}

const LONGEST_WAIT_MS = 90_000;

function createCounter() {
  let counted = 0;
  let awaited = 0;
  let reached: (() => void) | null = null;
  return {
    count() {
      counted += 1;
      if (counted >= awaited) reached?.();
    },
    async more(count: number): Promise<void> {
      awaited += count;
      if (counted >= awaited) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      reached = resolve;
      const tooLong = setTimeout(resolve, LONGEST_WAIT_MS);
      await promise;
      clearTimeout(tooLong);
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
