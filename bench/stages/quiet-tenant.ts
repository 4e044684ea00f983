import { systemClock } from '../../src/runtime/clock.ts';
import { makeToken } from '../../src/auth/token-maker.ts';
import { secret } from '../../src/config/secret.ts';
import { percentile } from '../../test/reliability/statistics.ts';
import type { Part } from '../harness/part.ts';
import type { Arrival, CrmContact } from '../parts/crm.ts';
import { contactFaults } from './crm-stage.ts';
import { benchEvent, postedChange } from '../support/bench-events.ts';
import { epochNow } from '../support/epoch-now.ts';

/** What the tenant that works as people do sees of a stretch of time. */
export interface Seen {
  /** From publishing a change to its arrival at the CRM, p99, ms. */
  readonly deliveryMs: number;
  /** Of its GETs, p99, ms. */
  readonly httpMs: number;
  readonly changes: number;
  readonly gets: number;
  /** Calls that were not answered with 2xx, and changes that did not reach the CRM in time. */
  readonly refused: readonly string[];
  readonly lost: number;
}

/** A user with some linked contacts, of which one or the other changes all the time while pages are looked at. */
export interface QuietTenant {
  connect(url: string): Promise<void>;
  work(url: string, ms: number): Promise<Seen>;
  /** What its CRM doesn't hold as it has to. */
  faults(): Promise<string[]>;
}

const USER = 'neighbour';
export const QUIET_KEY = 'neighbour-key';
const CONTACTS = 20;
const CHANGE_EVERY_MS = 150;
const GET_EVERY_MS = 150;
const LONGEST_CALL_MS = 30_000;
/** For the last changes to arrive. */
const LONGEST_REST_MS = 30_000;
const CRM = '/api/integrations/crm/mri_vault';
const PAGES = ['/api/integrations/crm/user', `${CRM}/records?limit=20`, `${CRM}/records/contact/contact-1`];

const emailOf = (contact: number): string => `ada.lovelace.${contact}@example.test`;

export function createQuietTenant(crm: Part, jwtSecret: string): QuietTenant {
  let version = 0;
  const versions = new Map<number, number>();

  const publish = (url: string, contact: number): Promise<string | null> => {
    version += 1;
    versions.set(contact, version);
    return call(jwtSecret, url, '/api/changes', 'POST', [
      postedChange(benchEvent('contact', contact, version, USER)),
    ]);
  };
  const newestHeld = async (): Promise<string[]> => {
    const { value: held } = await crm.ask<CrmContact[]>('contacts');
    return contactFaults(held, CONTACTS, (contact) => versions.get(contact) ?? 0);
  };

  return {
    async connect(url) {
      const { value: instanceUrl } = await crm.ask<string>('url');
      const credentials = { apiKey: QUIET_KEY, instanceUrl };
      const refused = [await call(jwtSecret, url, `${CRM}/connect`, 'POST', { credentials })];
      for (let contact = 0; contact < CONTACTS; contact += 1) refused.push(await publish(url, contact));
      const [fault] = refused.filter((one) => one !== null);
      if (fault !== undefined) throw new Error(fault);
      await until(async () => (await newestHeld()).length === 0);
    },
    async work(url, ms) {
      await crm.ask('arrivals');
      const taken: { readonly email: string; readonly at: number }[] = [];
      const gets: number[] = [];
      const refused: string[] = [];
      const calls: Promise<void>[] = [];
      const note = (fault: string | null): void => {
        if (fault !== null) refused.push(fault);
      };
      // Whatever the calls before take: who waits for them would not see how long the others' would have taken.
      await Promise.all([
        every(CHANGE_EVERY_MS, ms, (index) => {
          const contact = index % CONTACTS;
          const change = { email: emailOf(contact), at: epochNow() };
          calls.push(
            publish(url, contact).then((fault) => {
              if (fault === null) taken.push(change);
              note(fault);
            }),
          );
        }),
        every(GET_EVERY_MS, ms, (index) => {
          const began = performance.now();
          calls.push(
            call(jwtSecret, url, PAGES[index % PAGES.length] ?? '', 'GET').then((fault) => {
              gets.push(performance.now() - began);
              note(fault);
            }),
          );
        }),
      ]);
      await Promise.all(calls);
      await until(async () => (await newestHeld()).length === 0);
      const { value: arrivals } = await crm.ask<Arrival[]>('arrivals');
      const came = Map.groupBy(arrivals, ({ email }) => email);
      const latencies = taken.map(
        ({ email, at }) =>
          (came.get(email)?.find((arrival) => arrival.at >= at)?.at ?? Number.POSITIVE_INFINITY) - at,
      );
      return {
        deliveryMs: percentile(latencies, 0.99),
        httpMs: percentile(gets, 0.99),
        changes: taken.length,
        gets: gets.length,
        refused,
        lost: latencies.filter((latency) => latency === Number.POSITIVE_INFINITY).length,
      };
    },
    faults: newestHeld,
  };
}

/** What was wrong; null where the answer was 2xx. */
async function call(
  jwtSecret: string,
  url: string,
  path: string,
  method: string,
  body?: unknown,
): Promise<string | null> {
  const isPublisher = path === '/api/changes';
  const token = await makeToken(
    {
      secret: secret(jwtSecret),
      userId: isPublisher ? 'zena' : USER,
      scopes: isPublisher ? ['changes:write'] : [],
      ttlMs: 600_000,
      issuer: null,
      audience: null,
    },
    systemClock,
  );
  try {
    const response = await fetch(new URL(path, url), {
      method,
      signal: AbortSignal.timeout(LONGEST_CALL_MS),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    return response.ok ? null : `${method} ${path}: ${response.status}`;
  } catch (error) {
    return `${method} ${path}: ${error instanceof Error ? error.name : 'failed'}`;
  }
}

async function every(stepMs: number, forMs: number, act: (index: number) => void): Promise<void> {
  const began = performance.now();
  for (let index = 0; performance.now() - began < forMs; index += 1) {
    act(index);
    await systemClock.sleep(Math.max(0, (index + 1) * stepMs - (performance.now() - began)));
  }
}

/** Resolves once it holds, or after the longest rest. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + LONGEST_REST_MS;
  while (!(await holds()) && performance.now() < end) await systemClock.sleep(50);
}
