import { contactIn } from '../../src/demo/office.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startPart, type Measured, type Part } from '../harness/part.ts';
import type { CorePartOptions, PublishInput, Settled } from '../parts/core.ts';
import type { CrmContact, CrmOptions, CrmState } from '../parts/crm.ts';
import { benchEvent } from '../support/bench-events.ts';

export const CRM_USER = 'user-1';
const API_KEY = 'bench-key';

/** A CRM and the program's core, each in a process of its own, one user connected. */
export interface CrmStage {
  readonly crm: Part;
  readonly core: Part;
  readonly url: string;
  /** Where that was left for later. */
  connect(): Promise<void>;
  publish(from: number, to: number, versions: readonly [number, number]): Promise<Measured<{ at: number }>>;
  settled(): Promise<Measured<Settled>>;
  state(): Promise<CrmState>;
  /** What the CRM does not hold as it has to: one contact of each, at this version, and no other. */
  faults(contacts: number, versionOf: (entity: number) => number, edited?: Edited): Promise<string[]>;
  close(): Promise<void>;
}

/** The emails of contacts to whose notes somebody added this line in the CRM. */
export interface Edited {
  readonly emails: ReadonlySet<string>;
  readonly line: string;
}

export interface StageOptions {
  /** False leaves that for later. */
  readonly connect?: boolean;
  /** One that is there already. */
  readonly crm?: Part;
  /** Of other users than the one that is connected. */
  readonly apiKeys?: readonly string[];
}

export async function startCrmStage(
  crmOptions: Omit<CrmOptions, 'apiKeys'>,
  limits: Omit<CorePartOptions, 'crmHost'>,
  options: StageOptions = {},
): Promise<CrmStage> {
  const apiKeys = [API_KEY, ...(options.apiKeys ?? [])];
  const crm = options.crm ?? (await startPart('crm', { ...crmOptions, apiKeys } satisfies CrmOptions));
  const { value: url } = await crm.ask<string>('url');
  const core = await startPart('core', { ...limits, crmHost: new URL(url).host } satisfies CorePartOptions);
  const connect = async (): Promise<void> => {
    await core.ask('connect', { userId: CRM_USER, apiKey: API_KEY, instanceUrl: url });
  };
  if (options.connect !== false) await connect();
  const state = async (): Promise<CrmState> => (await crm.ask<CrmState>('state')).value;
  return {
    crm,
    core,
    url,
    state,
    connect,
    publish: (from, to, versions) =>
      core.ask('publish', { userId: CRM_USER, from, to, versions } satisfies PublishInput),
    settled: () => core.ask('settled', CRM_USER),
    async faults(contacts, versionOf, edited) {
      const { value: held } = await crm.ask<CrmContact[]>('contacts');
      const { value: errors } = await core.ask<string[]>('errors');
      return [...contactFaults(held, contacts, versionOf, { edited }), ...errors.slice(0, 3)];
    },
    async close() {
      await core.close();
      await crm.close();
    },
  };
}

const LONGEST_END_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** What is still wrong when nothing is any more, or when that takes too long: a call that came in takes effect a little later. */
export async function lastingFaults(faults: () => Promise<string[]>): Promise<string[]> {
  const until = performance.now() + LONGEST_END_MS;
  for (;;) {
    const found = await faults();
    if (found.length === 0 || performance.now() > until) return found;
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}

/** Compares the CRM's contacts with what `benchEvent` says of each, from `first` on, at its version, and with what people added. */
export function contactFaults(
  held: readonly CrmContact[],
  contacts: number,
  versionOf: (entity: number) => number,
  { first = 0, edited }: { readonly first?: number; readonly edited?: Edited | undefined } = {},
): string[] {
  const notes = new Map(held.map((contact) => [contact.email, contact.notes]));
  const behind = Array.from({ length: contacts }, (_, index) => {
    const entity = first + index;
    const { body } = benchEvent('contact', entity, versionOf(entity));
    return body === null ? null : contactIn(body);
  }).filter((contact) => {
    const [email = ''] = contact?.emails ?? [];
    const shown = notes.get(email);
    const ours = contact?.relationshipNotes ?? [];
    // Where people write, too, the lines are in no order of ours.
    return edited?.emails.has(email) === true
      ? shown?.split('\n').sort().join('\n') !== [...ours, edited.line].sort().join('\n')
      : shown !== ours.join('\n');
  });
  return [
    ...(behind.length === 0 ? [] : [`${behind.length} of ${contacts} contacts are not at their newest`]),
    ...(held.length === contacts ? [] : [`the CRM holds ${held.length} contacts for ${contacts}`]),
  ];
}
