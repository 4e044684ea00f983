import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock } from '../../src/runtime/clock.ts';
import { postedChange } from '../support/bench-events.ts';
import { contactEvent } from './contact-event.ts';
import type { CrmMood } from './hostile-crm.ts';

/** What a tenant has in hand: its own user, its own CRM, and an address. */
export interface Hostile {
  readonly userId: string;
  readonly crmUrl: string;
  readonly quick: boolean;
  call(method: string, path: string, options?: HostileCall): Promise<number>;
  /** Opens a stream and reads it for so long, ms. */
  stream(path: string, ms: number): Promise<number>;
  /** As the publisher of events would: what this user may make Zena say. */
  publish(changes: readonly unknown[]): Promise<number>;
  connect(): Promise<number>;
  /** Leaves nothing behind that goes on by itself. */
  disconnect(): Promise<number>;
}

export interface HostileCall {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the user's own; null sends none. */
  readonly token?: string | null;
}

/** The worst of one kind that a tenant may do: `strike` is repeated by so many at once until it is told to end. */
export interface Attack {
  readonly name: string;
  readonly what: string;
  readonly mood: CrmMood;
  readonly lanes: number;
  /** Before the attack counts; what it needs there. */
  prepare?(hostile: Hostile): Promise<void>;
  strike(hostile: Hostile, index: number): Promise<unknown>;
}

const CRM = '/api/integrations/crm/mri_vault';
const KIB = 1_024;
const ASYNC = { prefer: 'respond-async' };
const unknownMembers = Object.fromEntries(Array.from({ length: 44_000 }, (_, at) => [`unknown${at}`, at]));
const forged = (): string => `${randomBytes(24).toString('base64url')}.${randomUUID()}.${randomUUID()}`;

/** Contacts of a size, in posts of at most 4.5 MiB. */
async function fill(hostile: Hostile, count: number, bytes: number, version = 1): Promise<void> {
  const atOnce = Math.max(1, Math.floor((4.5 * 1_024 * KIB) / (bytes + 1_000)));
  for (let from = 0; from < count; from += atOnce) {
    const changes = Array.from({ length: Math.min(atOnce, count - from) }, (_, at) =>
      postedChange(contactEvent(hostile.userId, `${bytes}-${from + at}`, version, bytes)),
    );
    await hostile.publish(changes);
  }
}

const few = (hostile: Hostile, many: number): number => (hostile.quick ? Math.ceil(many / 10) : many);

export const ATTACKS: readonly Attack[] = [
  {
    name: 'parsing bombs',
    what: 'a CRM answers every call with 5 MiB of numbers; connection tests all the time',
    mood: 'bomb',
    lanes: 4,
    strike: (hostile) => hostile.call('POST', `${CRM}/test`),
  },
  {
    name: 'hits without end',
    what: 'a CRM answers every search with 380,000 hits; contacts change',
    mood: 'hits',
    lanes: 2,
    async strike(hostile, index) {
      await hostile.publish([
        postedChange(contactEvent(hostile.userId, `hit-${index % 50}`, 1 + index, 200)),
      ]);
      await systemClock.sleep(50);
    },
  },
  {
    name: 'huge contacts',
    what: '200 contacts of 0.9 MB and 600 of 240 KiB are published; full syncs and dry runs follow each other',
    mood: 'good',
    lanes: 2,
    async prepare(hostile) {
      await fill(hostile, few(hostile, 200), 900 * 1_000);
      await fill(hostile, few(hostile, 600), 240 * KIB);
    },
    async strike(hostile, index) {
      await hostile.call('POST', `${CRM}/sync${index % 2 === 0 ? '' : '?dryRun=true'}`, { headers: ASYNC });
      await systemClock.sleep(100);
    },
  },
  {
    name: 'dry runs with new keys',
    what: 'dry runs over 500 contacts of 6 KB, each with a new Idempotency-Key',
    mood: 'good',
    lanes: 4,
    prepare: (hostile) => fill(hostile, few(hostile, 500), 6_000),
    strike: (hostile) =>
      hostile.call('POST', `${CRM}/sync?dryRun=true`, { headers: { 'idempotency-key': randomUUID() } }),
  },
  {
    name: 'bodies before a token',
    what: 'sessions are asked for without a token, settings and connections with one: 0.9 MB of unknown members each',
    mood: 'good',
    lanes: 4,
    strike: (hostile, index) =>
      index % 3 === 0
        ? hostile.call('POST', '/api/session', { body: unknownMembers, token: null })
        : index % 3 === 1
          ? hostile.call('PATCH', CRM, { body: unknownMembers })
          : hostile.call('POST', `${CRM}/connect`, { body: unknownMembers }),
  },
  {
    name: 'lists and streams',
    what: 'names of 0.2 and 0.9 MB; thirty lists of 200 records at a time, and twenty streams with recent=200',
    mood: 'good',
    lanes: 50,
    async prepare(hostile) {
      await fill(hostile, few(hostile, 50), 900 * 1_000);
      await fill(hostile, few(hostile, 150), 200 * KIB);
    },
    strike: (hostile, index) =>
      index % 50 < 30
        ? hostile.call('GET', `${CRM}/records?limit=200`)
        : hostile.stream('/api/events?recent=200', 2_000),
  },
  {
    name: 'connect and disconnect',
    what: 'one user connects and disconnects beside many connections',
    mood: 'good',
    lanes: 1,
    async strike(hostile) {
      await hostile.disconnect();
      const status = await hostile.connect();
      if (status === 429) await systemClock.sleep(500);
    },
  },
  {
    name: 'hostile echo',
    what: 'a CRM refuses every record with 1 MiB that repeats the API key in many forms',
    mood: 'echo',
    lanes: 2,
    async strike(hostile, index) {
      await hostile.publish([
        postedChange(contactEvent(hostile.userId, `echo-${index % 50}`, 1 + index, 200)),
      ]);
      await systemClock.sleep(50);
    },
  },
  {
    name: 'searches of a large office',
    what: 'an office of 10,000 contacts is searched for what it has not, and counted, all the time',
    mood: 'good',
    lanes: 8,
    prepare: (hostile) => fill(hostile, few(hostile, 10_000), 200),
    strike: (hostile, index) =>
      hostile.call('GET', index % 2 === 0 ? `${CRM}/records?q=nowhere` : '/api/integrations/crm/user'),
  },
  {
    name: 'one e-mail for all',
    what: 'a thousand contacts have one e-mail, and change one after the other',
    mood: 'good',
    lanes: 2,
    async strike(hostile, index) {
      const id = index % few(hostile, 1_000);
      const change = contactEvent(hostile.userId, `same-${id}`, 1 + index, 200, 'all@same.example.test');
      await hostile.publish([postedChange(change)]);
    },
  },
  {
    name: 'wrong tokens',
    what: 'calls with tokens that nobody signed, from the address that all share',
    mood: 'good',
    lanes: 8,
    async strike(hostile) {
      await hostile.call('GET', '/api/integrations/crm/user', { token: forged() });
      await systemClock.sleep(20);
    },
  },
];
